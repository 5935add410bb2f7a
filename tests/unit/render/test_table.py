"""Tidy rows and what is made of them."""

from __future__ import annotations

import csv
import re
import sys
from io import StringIO

import pytest
from explanations import HOSTILE, make

from ner_lime.crf import CRFTagger
from ner_lime.errors import MissingExtraError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation.targets import Contrast
from ner_lime.render.table import COLUMNS, to_frame, to_rows


def test_rows_are_the_arrays() -> None:
    explanation = make(sampled=True, positions=(4, 1), components=((0, 1), (2,), (3, 4), (5, 6)))
    rows = to_rows(explanation)
    assert len(rows) == 2 * 9 * 4
    row = rows[(1 * 9 + 7) * 4 + 2]
    word = explanation[1]
    assert tuple(row) == COLUMNS
    assert row == {
        "case": 1,
        "label": "B-SKILLS",
        "label_prob": word.probability_of("B-SKILLS"),
        "model_r2": explanation.fidelity.r2[1, 7],
        "model_intercept": word.bias("B-SKILLS"),
        "model_prediction": pytest.approx(word.prediction("B-SKILLS"), abs=1e-12),
        "feature": "Web UI/UX",
        "feature_value": 1,
        "feature_weight": explanation.weights[1, 7, 2],
        "std_error": explanation.std_errors[1, 7, 2],
        "word_index": 3,
    }


def test_csv_reads_back_as_it_was() -> None:
    explanation = make((*HOSTILE, 'quote " and\nline', "a,b", "a\r"))
    read = list(csv.DictReader(StringIO(explanation.to_csv(), newline="")))
    for row, found in zip(to_rows(explanation), read, strict=True):
        assert found["feature"] == row["feature"].replace("\ud800", "\\ud800")
        assert float(found["feature_weight"]) == row["feature_weight"]
    explanation.to_csv().encode("utf-8")


def test_markdown_of_all_words() -> None:
    explanation = make()
    lines = explanation.to_markdown().splitlines()
    assert lines[:2] == [
        "|  | word | label | probability | moved most by | this explanation |",
        "| ---: | --- | --- | ---: | --- | --- |",
    ]
    assert lines[6] == "| 4 | UI/UX | I-SKILLS | 0.578 | +0.432 UI/UX | trust |"
    assert len(lines) == 9


def test_markdown_of_one_word() -> None:
    explanation = make(sampled=True)
    word = explanation[4]
    lines = explanation.to_markdown(4).splitlines()
    assert lines[0].startswith("**UI/UX** is I-SKILLS (0.578), mainly because of itself (+.43) and *experience* (+.14)")
    assert lines[1] == f"This explanation: {word.verdict}."
    for line, c in zip(lines[5:], word.contributions(), strict=False):
        assert line == f"| {c.word_index} | {c.token} | {c.weight:+.4f} | {c.std_error:.4f} |"
    assert lines[-2] == f"|  | *all together* | {word.prediction():+.4f} |  |"
    assert lines[-1] == f"|  | *the model itself* | {word.probability:.4f} |  |"
    contrast = Contrast("I-SKILLS", "O")
    assert f"{word.bias(contrast):+.4f}" in explanation.to_markdown(4, label=contrast)


def test_markdown_folds_what_is_zero_and_errors_that_are_not_there() -> None:
    explanation = make()
    explanation.weights[4, :, :4] = 0.0
    lines = explanation.to_markdown(4).splitlines()
    assert "|  | word | adds |" in lines
    assert "|  | *4 more add nothing* |  |" in lines
    assert not any("0.0000" in line for line in lines)


def test_markdown_of_entities(crf: CRFTagger) -> None:
    explanation = NERExplainer(crf).explain("6+ years of Web UI/UX design experience")
    head, _, *rows = explanation.to_markdown().partition("\n\n")[0].splitlines()
    assert head == "|  | entity | type | probability | moved most by | this explanation |"
    for row, entity in zip(rows, explanation.entities, strict=True):
        strongest = entity.contributions(num_features=1)[0]
        assert row == (
            f"| {entity.start}-{entity.end - 1} | {entity.text} | {entity.kind} | {entity.probability:.3f} | "
            f"{strongest.weight:+.3f} {strongest.token} | {entity.verdict.brief} |"
        )
    text = entity.to_markdown()
    assert text.startswith(f"**{entity.text}** is a {entity.kind} entity ({entity.probability:.3f}), mainly because")
    assert f"| {strongest.word_index} | {strongest.token} | {strongest.weight:+.4f} |" in text


def test_markdown_cells_hold_their_text_and_no_markup() -> None:
    tokens = (*HOSTILE[:7], *HOSTILE[8:], "a|b", "*b*", "`c`", "[d](e)", "&lt;", "line\nbreak", "\\")
    text = make(tokens).to_markdown()
    cells = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in text.splitlines()}
    assert cells == {7}
    assert "<" not in text
    assert "&amp;lt;" in text
    assert "\\*b\\*" in text


def test_frame() -> None:
    pytest.importorskip("pandas", reason="needs pandas: scripts/test --all")
    explanation = make()
    frame = to_frame(explanation)
    assert tuple(frame.columns) == COLUMNS
    chosen = frame[(frame["case"] == 4) & (frame["label"] == "I-SKILLS")]
    assert chosen["feature_weight"].tolist() == explanation.weights[4, 8].tolist()


def test_frame_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ner-lime\[pandas\]'"):
        to_frame(make())
