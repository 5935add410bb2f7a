"""The page as a document: self-contained, locked down, small, and its data equal to Python's figures."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from explanations import HOSTILE, make
from hypothesis import given
from hypothesis import strategies as st
from pages import Page

from ner_lime.corpus import Corpus, Sentence, read_iob
from ner_lime.crf import CRFTagger
from ner_lime.errors import InputError, LabelError, WordIndexError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation import Explanation
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType
from ner_lime.render.answer import answer, claim_of, plain_text
from ner_lime.render.html import notebook_html, save_html, to_html
from ner_lime.render.page import rounded
from ner_lime.render.visible import visible
from ner_lime.render.vlq import ALPHABET, vlq

LONG = [f"word{i}" for i in range(40)]


def unpacked(text: str) -> list[int]:
    """Numbers in base64 VLQ, where a zero is followed by how many zeros there are."""
    digits = [ALPHABET.tobytes().index(character) for character in text.encode()]
    numbers, value, shift = [], 0, 0
    for digit in digits:
        value, shift = value + ((digit & 31) << shift), shift + 5
        if not digit & 32:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value, shift = 0, 0
    found: list[int] = []
    for number in (rest := iter(numbers)):
        found += [number] if number else [0] * next(rest)
    return found


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return make(sampled=True)


def test_nothing_comes_from_outside_and_nothing_is_inline_but_one_style_and_one_script(
    explanation: Explanation,
) -> None:
    source = to_html(explanation, 4)
    page = Page(source)
    names = {name for _, attributes in page.tags for name in attributes}
    assert not names & {"src", "href", "style", "srcset", "action", "data", "background"}
    assert not [name for name in names if name.startswith("on")]
    assert "http" not in source.replace("http-equiv", "").replace("Content-Security-Policy", "")
    assert [tag for tag, _ in page.tags].count("style") == 1
    assert [attributes.get("type") for tag, attributes in page.tags if tag == "script"] == ["application/json", None]


def test_the_policy_knows_style_and_script_by_digest(explanation: Explanation) -> None:
    source = to_html(explanation, 4)
    page = Page(source)
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    script = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)[-1]
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1]
    for name, text in (("script-src", script), ("style-src", style)):
        assert rules[name] == f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"


@given(st.lists(st.just(0) | st.integers(-40, 40) | st.integers(1 - 2**29, 2**29 - 1), max_size=40))
def test_numbers_come_back(numbers: list[int]) -> None:
    assert unpacked(vlq(np.array(numbers, dtype=float))) == numbers


@pytest.fixture(scope="module", params=[9, 21, 37])
def tagger_of_many_labels(request: pytest.FixtureRequest, jobs: Path) -> CRFTagger:
    """A CRF of the project's corpus, whose entities got more types: which one hangs on the first word."""

    def retyped(sentence: Sentence) -> Sentence:
        tags: list[str] = []
        for token, tag in zip(sentence.tokens, sentence.tags or (), strict=True):
            kind = crc32(token.lower().encode()) % (request.param // 2)
            tags.append({"O": "O", "B": f"B-TYPE{kind}", "I": f"I{tags[-1][1:] if tags else ''}"}[tag[0]])
        return Sentence(sentence.tokens, tags)

    tagger = CRFTagger(max_iterations=30).fit(
        Corpus([retyped(sentence) for sentence in read_iob(jobs / "train.tsv")[:400]])
    )
    assert len(tagger.labels) == request.param
    return tagger


@pytest.mark.parametrize("engine", ["exact", "sample"])
def test_a_page_stays_small_with_many_labels(tagger_of_many_labels: CRFTagger, jobs: Path, engine: Any) -> None:
    words = [token for sentence in read_iob(jobs / "train.tsv")[:8] for token in sentence.tokens][:40]
    explanation = NERExplainer(tagger_of_many_labels, engine=engine).explain(words)
    assert len(to_html(explanation).encode()) < 150_000


def test_sizes() -> None:
    assert len(to_html(make(LONG[:13], sampled=True)).encode()) < 60_000
    assert len(to_html(make(LONG, sampled=True)).encode()) < 150_000


def test_without_its_script_the_page_shows_the_word(explanation: Explanation) -> None:
    word, page = explanation[4], Page(to_html(explanation, 4))
    assert page.inner["answer"] == plain_text(answer(word.attribution, "UI/UX", claim_of(word.attribution)))
    assert page.inner["value"] == f"{word.probability:.3f}"
    assert page.inner["level"] == word.verdict.level
    assert page.inner["reasons"] == "; ".join(word.verdict.reasons)
    assert page.inner["r2"] == f"{word.r2():.3f}"
    assert page.inner["own-share"] == f"{word.own_share():.0%}".replace("%", " %")
    for label, probability in word.probabilities.items():
        assert f"{label}{probability:.3f}" in page.inner["likely"].replace("\n", "")
    for c in word.contributions():
        figure = f"{c.weight:+.3f}".replace("-", "−")
        assert f"{c.word_index}{c.token}{figure}{1.96 * c.std_error:.3f}" in page.inner["contributions"]
    shades = {a.get("class"): tag for tag, a in page.tags if "word" in str(a.get("class")).split()}
    assert "word pos s4 chosen" in shades  # .43 of 1
    assert "word neg s1" in shades


def test_embedded_numbers_are_the_explanations(explanation: Explanation) -> None:
    data = Page(to_html(explanation, 4)).data
    weights = np.reshape(unpacked(data["weights"]), explanation.weights.shape) * data["unit"]
    errors = np.cumsum(unpacked(data["errors"])).reshape(explanation.std_errors.shape) * data["error_unit"]
    assert np.abs(weights - explanation.weights).max() <= np.abs(explanation.weights).max() / 32767
    assert np.abs(errors - explanation.std_errors).max() <= explanation.std_errors.max() / 255
    assert np.abs(weights - rounded(explanation).weights).max() < 1e-15
    assert np.abs(1e-6 * np.array(data["bias"]) - explanation.bias).max() <= 5e-7
    assert np.abs(1e-6 * np.array(data["probabilities"]) - explanation.probabilities).max() <= 5e-7
    assert Page(to_html(make())).data["errors"] is None


def test_embedded_verdicts_are_the_explanations(explanation: Explanation) -> None:
    explanation = replace(explanation, agreement=np.linspace(0, 1, 7))
    data = Page(to_html(explanation, 4)).data
    kinds = ["DEGREE", "EXPERIENCE", "MAJOR", "SKILLS"]
    names = [name for name, *_ in data["choices"]]
    assert names == [*explanation.labels, *kinds, "any entity"]
    for word in explanation:
        targets = [*explanation.labels, *map(EntityType, kinds), AnyEntity()]
        targets += [Contrast(word.label, label) for label in explanation.labels]
        for target, judged, r2 in zip(targets, data["judged"][word.row], data["r2"][word.row], strict=True):
            verdict = word.verdict_of(target)
            level, *reasons = data["verdicts"][judged]
            assert level == verdict.level
            told = ["".join(data["parts"][part] for part in data["reasons"][reason]) for reason in reasons]
            assert tuple(told) == verdict.reasons
            assert r2 / 1000 == pytest.approx(word.r2(target), abs=5.1e-4)
            if isinstance(target, Contrast):
                assert word.verdict_of(Contrast(target.other, target.label)) == verdict


@pytest.mark.parametrize(
    ("target", "name", "choice", "other"),
    [
        (None, "I-SKILLS", -1, -1),
        ("B-SKILLS", "B-SKILLS", 7, -1),
        (EntityType("SKILLS"), "SKILLS", 12, -1),
        (AnyEntity(), "any entity", 13, -1),
        (Contrast("O", "I-SKILLS"), "O rather than I-SKILLS", 0, 8),
    ],
)
def test_the_page_opens_with_any_target(
    explanation: Explanation, target: Any, name: str, choice: int, other: int
) -> None:
    source = to_html(explanation, 4, label=target)
    page, data, word = Page(source), Page(source).data, explanation[4]
    assert (data["word"], data["choice"], data["other"]) == (4, choice, other)
    assert page.inner["answer"] == plain_text(
        answer(word.attribution, "UI/UX", claim_of(word.attribution, target), target)
    )
    assert name in page.inner["contributions"]
    assert page.inner["level"] == word.verdict_of(target).level
    assert f"{word.contributions(target)[0].weight:+.3f}".replace("-", "−") in page.inner["contributions"]


def test_a_contrast_without_the_predicted_label_has_figures_but_no_verdict(explanation: Explanation) -> None:
    page = Page(to_html(explanation, 4, label=Contrast("B-SKILLS", "O")))
    assert page.inner["level"] == "no verdict"
    assert page.inner["r2"] == "not known"
    assert page.inner["value"].startswith("−0.0")


def test_it_opens_with_the_first_explained_word_of_an_entity() -> None:
    assert Page(to_html(make(tags=("O", "O", "O", "B-SKILLS", "O", "O", "O")))).data["word"] == 3
    assert Page(to_html(make(positions=(6, 2)))).data["word"] == 6
    assert Page(to_html(make(positions=(6, 2, 5)))).data["word"] == 5


def test_subsets_and_groups() -> None:
    explanation = make(positions=(4, 1), components=((0, 1), (2,), (3, 5), (4, 6)))
    source = to_html(explanation, 1)
    assert Page(source).data["components"] == [[0, 1], [2], [3, 5], [4, 6]]
    assert "3, 5Web design" in Page(source).inner["contributions"]


def test_hostile_tokens_labels_and_titles_are_text() -> None:
    labels = ("O", *(f"B-{token}" for token in HOSTILE[:7]))
    tags = ("O", *labels[1:8], *["O"] * 7)
    explanation = replace(make(HOSTILE, tags, labels=labels), gold=("</script>",) * len(HOSTILE))
    source = to_html(explanation, 1, title="</title><script>alert(3)</script>")
    page = Page(source)
    plain = Page(to_html(replace(make(["a"] * 15, tags, labels=labels), gold=("x",) * 15), 1, title="b"))
    assert page.skeleton == plain.skeleton
    assert page.inner["text"] == visible(explanation.text)
    assert page.inner["h1"] == page.inner["title"] == "</title><script>alert(3)</script>"
    assert source.encode("utf-8").count(b"\x00") == 0
    assert "<" not in page.inner["data"]


def test_raw_text_keeps_its_white_space() -> None:
    explanation = replace(make(("a", "b")), text="\n a\t«b» \n", offsets=((2, 3), (5, 6)))
    assert Page(to_html(explanation)).inner["text"] == "\n a\t«b» \n"


def test_notes_name_disagreements(explanation: Explanation) -> None:
    other = replace(explanation, predicted=("O",) * 7, gold=("B-DEGREE",) * 7)
    note = Page(to_html(other, 4)).inner["note"]
    assert note.startswith("The tagger’s best sequence has O here; by itself I-SKILLS is the most probable label.")
    assert note.endswith("The gold label is B-DEGREE.")


def test_figures_that_are_no_numbers() -> None:
    explanation = make()
    explanation.fidelity.kl[:] = np.nan
    explanation.weights[4, 8, 0] = np.nan
    source = to_html(explanation, 4)
    assert Page(source).inner["kl"] == "not known"
    assert "nan" not in source.lower()


def test_faults(explanation: Explanation) -> None:
    with pytest.raises(WordIndexError, match="outside of the sentence"):
        to_html(explanation, 7)
    with pytest.raises(LabelError, match="unknown label 'X'"):
        to_html(explanation, 4, label="X")
    with pytest.raises(InputError, match="at least one word"):
        to_html(make(positions=()))


def test_save(explanation: Explanation, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    save_html(explanation, path, 4)
    save_html(make(HOSTILE), str(path), 5)
    assert path.read_bytes().decode("utf-8") == to_html(make(HOSTILE), 5)
    assert [found.name for found in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(InputError, match=r"expected a folder for x.html, found none at .*none: make it first"):
        save_html(explanation, tmp_path / "none" / "x.html")


def test_a_full_disk_leaves_the_old_page(
    explanation: Explanation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ner_lime.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_html(explanation, path)
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["page.html"]


def test_a_notebook_gets_a_frame(explanation: Explanation) -> None:
    frame = notebook_html(explanation, 4)
    (tag, attributes), *rest = Page(frame).tags
    assert (tag, rest) == ("iframe", [])
    assert attributes["srcdoc"] == to_html(explanation, 4)
    assert attributes["sandbox"] == "allow-scripts"
    assert html.unescape(frame).count("<!doctype html>") == 1
