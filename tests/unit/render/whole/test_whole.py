"""What is shown of documents, rows and pictures: nothing acts, nothing is lost, golden text."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ner_lime as nl
from ner_lime.errors import InputError
from ner_lime.explainers.row import RowOptions
from ner_lime.render.whole.png import png
from ner_lime.render.whole.table import COLUMNS, rows, to_csv


def classify(texts):
    p = np.array([0.2 + 0.6 * ("cash" in text) + 0.1 * ("now" in text) for text in texts])
    return np.column_stack([p, 1 - p])


MODEL = nl.as_classifier(classify, classes=["spam", "ham"])
DOCUMENT = nl.TextExplainer(MODEL).explain("Win cash <now> & here")
ROW = nl.TabularExplainer(
    nl.as_classifier(lambda rows: rows[:, :1] * 2, input="row", classes=["price"], is_distribution=False),
    [[1, 5], [3, 5], [5, 6]],
    feature_names=["area|m2", "<age>"],
    options=RowOptions(n_rows=None),
).explain([5, 5])
IMAGE = nl.ImageExplainer(
    nl.as_classifier(lambda images: [[im.mean(), 1 - im.mean()] for im in images], input="image", classes=["a", "b"]),
    segmentation="grid",
    hide=0.0,
    n_samples=64,
).explain(np.ones((16, 16)))
TEXT = """\
Win cash <now> & here

spam 0.900
  ham 0.100
This explanation: ✓ trust: adding up words explains 100% of
how the probability moves

What each of the words adds to spam
                              -1   -.5     0     +.5   +1
  cash                +0.600               │████████
  now                 +0.100               │█▌
  2 more add nothing
  start (bias)        +0.200
  all together        +0.900  the model: 0.900

fidelity  R² 1.000, KL 0.0000 nats, same best class on 100%
          (measured on all 16 masks)
how       each word is kept with probability 0.7, whatever
          the others are; removed words; computed without
          sampling (all masks); 18 inputs were shown to the
          model
"""
ALL = pytest.mark.parametrize("e", [DOCUMENT, ROW, IMAGE], ids=["document", "row", "image"])


def test_the_text_of_a_document():
    assert DOCUMENT.to_text(width=60) == TEXT


@ALL
def test_no_line_is_wider_than_asked(e):
    for width in (40, 61, 100):
        assert max(map(len, e.to_text(width=width).splitlines())) <= width
    assert e.to_text(unicode=False).isascii()


class Reader(HTMLParser):
    """Tags, their attributes and the text."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


@ALL
def test_a_page_stands_alone_and_runs_nothing(e):
    page = e.to_html(title="<b>Why?</b>")
    found = read(page)
    assert "script" not in found.tags
    assert "<b>Why?</b>" in found.text
    sources = [value for name, value in found.attributes if name in ("src", "href")]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    policy = next(value for name, value in found.attributes if name == "content" and "default-src" in value)
    assert "default-src 'none'" in policy
    assert not any(name.startswith("on") or name == "style" for name, _ in found.attributes)


@given(st.text(min_size=1, max_size=40))
def test_whatever_is_typed_is_text(text):
    text = f"a {text} cash"
    e = nl.TextExplainer(MODEL, n_samples=32).explain(text)
    found = read(e.to_html())
    assert not set(found.tags) & {"script", "iframe", "object"}
    assert e.text == text
    assert all(e.text[start:end] == word for (start, end), word in zip(e.offsets, e.words, strict=True))
    assert nl.DocumentExplanation.from_dict(json.loads(json.dumps(e.to_dict()))) == e


def test_the_page_shades_the_words():
    page = DOCUMENT.to_html()
    assert re.search(r'<span class="word pos s6" title="\+0.600">cash</span>', page)
    assert "&lt;<span" in page or "&lt;</" in page or "&lt;" in page


@ALL
def test_r_limes_columns(e):
    (header, *lines) = list(csv.reader(io.StringIO(e.to_csv())))
    assert tuple(header) == COLUMNS
    assert len(lines) == len(e.contributions())
    record = dict(zip(header, lines[0], strict=True))
    assert record["label"] == e.label
    assert float(record["feature_weight"]) == e.contributions()[0].weight
    assert float(record["model_prediction"]) == e.prediction()


def test_top_labels_and_many_cases():
    cases = nl.TextExplainer(MODEL).explain_many(["cash", "now or never"])
    found = rows(cases, top_labels=2, num_features=1)
    assert [(row[0], row[1]) for row in found] == [("1", "spam"), ("1", "ham"), ("2", "ham"), ("2", "spam")]
    assert to_csv(cases, targets=["ham"]).count("\n") == 1 + 1 + 3


def test_a_row_has_columns_values_and_descriptions():
    (first, *_) = rows([ROW])
    record = dict(zip(COLUMNS, first, strict=True))
    assert (record["feature"], record["feature_value"], record["feature_desc"]) == ("area|m2", "5", "area|m2 > 4")
    assert "area\\|m2 &gt; 4" in ROW.to_markdown() or "area\\|m2 > 4" in ROW.to_markdown()


@ALL
def test_a_frame(e):
    pd = pytest.importorskip("pandas")
    frame = e.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert tuple(frame.columns) == COLUMNS


@ALL
def test_eli5_shows_it(e):
    import eli5

    found = e.to_eli5()
    text = eli5.format_as_text(found)
    assert str(e.label) in text
    assert "<age>" not in eli5.format_as_html(found)
    assert eli5.format_as_dict(found)["targets"]


@ALL
def test_plots(e):
    pytest.importorskip("matplotlib").use("agg")
    import matplotlib.pyplot as plt

    from ner_lime.render.whole.plot import plot_explanations, plot_features

    ax = e.plot()
    assert e.label in ax.get_title(loc="left")
    assert plot_features([e, e], targets=e.labels).shape == (2, len(e.labels))
    plot_explanations([e, e])
    nl.pick([e]).plot()
    plt.close("all")


def test_png_is_read_back():
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    raw = png(image)
    assert raw.startswith(b"\x89PNG")
    start = raw.index(b"IDAT") + 4
    length = int.from_bytes(raw[start - 8 : start - 4], "big")
    lines = np.frombuffer(zlib.decompress(raw[start : start + length]), dtype=np.uint8).reshape(5, 22)
    assert (lines[:, 1:].reshape(5, 7, 3) == image).all()
    skimage = pytest.importorskip("skimage.io")
    assert (skimage.imread(io.BytesIO(raw)) == image).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "other"}, "ner-lime/document"),
        ({"version": 2}, "version 1"),
        ({"text": None, "offsets": 3, "attribution": {}}, "attribution.parts"),
    ],
)
def test_damaged_json_is_refused_by_field(change, says):
    with pytest.raises(InputError, match=re.escape(says)):
        nl.DocumentExplanation.from_dict({**DOCUMENT.to_dict(), **change})


def test_shapes_are_checked():
    data = json.loads(json.dumps(DOCUMENT.to_dict()))
    data["attribution"]["weights"][0].pop()
    with pytest.raises(InputError, match=r"attribution\.weights"):
        nl.DocumentExplanation.from_dict(data)
    broken = IMAGE.to_dict()
    broken["segments"] = {**broken["segments"], "zlib": base64.b64encode(b"x").decode()}
    with pytest.raises(InputError, match="segments"):
        nl.ImageExplanation.from_dict(broken)
