"""Text for terminals: what it says, that columns stand under one another, and that nothing acts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explanations import HOSTILE, make
from rich.cells import cell_len
from rich.text import Text

from ner_lime.errors import InputError, LabelError, WordIndexError
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType
from ner_lime.render.text import to_text


def table(text: str) -> list[str]:
    """The lines of contributions."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("What each word adds"))
    found = lines[start + 1 : lines.index("", start)]
    axis = next((i for i, line in enumerate(found) if line.split()[0] == "-1" and line.endswith("+1")), -1)
    return found[axis + 1 :]


def test_one_word_says_it_all() -> None:
    explanation = make()
    word, text = explanation[4], to_text(explanation, 4)
    assert text.startswith(
        "6+ years of Web »UI/UX« design experience\n\nUI/UX is I-SKILLS (0.578), mainly because of itself (+.43)"
    )
    flat = " ".join(text.split())
    for label, probability in list(word.probabilities.items())[1:]:
        assert f"{label} {probability:.3f}" in flat
    for line, c in zip(table(text), word.contributions(), strict=False):
        assert line.split()[:3] == [str(c.word_index), c.token, f"{c.weight:+.3f}"]
    assert f"start (bias)  {word.bias():+.3f}" in text
    assert f"all together  {word.prediction():+.3f}" in text
    assert f"the model: {word.probability:.3f}" in text
    assert f"This explanation: ✓ {word.verdict}" in flat
    assert f"the word itself {word.own_share():.0%} of the weights, its context {1 - word.own_share():.0%}" in flat
    assert f"R² {word.r2():.3f}" in text
    assert f"KL divergence {explanation.fidelity.kl[4]:.4f} nats" in flat
    assert "each word is kept with probability 0.7, whatever the others are; a hidden word becomes “UNK”" in flat
    assert "computed without sampling (all masks); 128 sentences were shown to the model" in flat


def test_sampled_weights_have_their_interval() -> None:
    explanation = make(sampled=True)
    first = explanation[4].contributions()[0]
    assert f"{first.weight:+.3f}  ±{1.96 * first.std_error:.3f}" in table(to_text(explanation, 4))[0]
    assert "±" not in to_text(make(), 4)


def test_bars_go_to_the_side_of_their_sign_and_grow_with_their_weight() -> None:
    explanation = make(sampled=True)
    lines = table(to_text(explanation, 4))
    axis = {line.index("│") for line in lines if "│" in line}
    assert len(axis) == 1
    lengths = []
    for line, c in zip(lines, explanation[4].contributions(), strict=False):
        left, right = line.split("│")
        bar = left if c.weight < 0 else right
        assert "█" not in (right if c.weight < 0 else left)
        lengths.append(2 * bar.count("█") + bar.count("▌") + bar.count("▐"))
    assert lengths == sorted(lengths, reverse=True)
    weights = [abs(c.weight) for c in explanation[4].contributions()]
    half = len(lines[0].split("│")[0].split("±")[1]) - len("0.025  ")  # cells from 0 to the end of the axis
    assert lengths == pytest.approx([2 * half * weight for weight in weights], abs=1.01)


def test_all_words_and_sentences_have_the_same_scale() -> None:
    """.40 is as long whatever else is in the table, and what hardly moves has no bar."""
    explanation = make()
    explanation.weights[4] = 0.0
    explanation.weights[4, 8, 5] = 0.4
    alone = table(to_text(explanation, 4))[0]
    explanation.weights[4, 8, 3] = 0.9
    beside = table(to_text(explanation, 4))[1]
    assert alone == beside
    explanation.weights[4, 8] = np.linspace(-0.003, 0.003, 7)
    assert not any("█" in line or "▌" in line for line in table(to_text(explanation, 4)))
    assert "UI/UX is I-SKILLS (0.578): hiding words hardly moves this." in to_text(explanation, 4)


def test_a_bar_beyond_the_axis_is_cut_and_its_figure_is_not() -> None:
    explanation = make()
    explanation.weights[4, 8, 5] = 1.7
    lines = table(to_text(explanation, 4))
    assert "+1.700" in lines[0]
    assert max(map(len, lines)) <= 80


def test_the_rest_is_summed_up() -> None:
    explanation = make()
    rest = explanation[4].contributions()[3:]
    lines = table(to_text(explanation, 4, num_features=3))
    assert len(lines) == 6
    assert lines[3].split() == ["4", "more,", "sum", f"{sum(c.weight for c in rest):+.3f}"]
    assert "more, sum" not in to_text(explanation, 4)
    many = make([f"w{i}" for i in range(20)], sampled=True)
    assert "8 more, sum" in to_text(many, 4)


def test_what_is_zero_as_shown_counts_as_the_rest() -> None:
    explanation = make()
    explanation.weights[4] = -0.0001
    explanation.weights[4, :, 3] = 0.2
    lines = [line.split() for line in table(to_text(explanation, 4))]
    assert lines[0][:3] == ["3", "Web", "+0.200"]
    assert lines[1] == ["6", "more", "add", "nothing"]
    assert table(to_text(explanation, 4, num_features=2))[1].split()[:3] == ["0", "6+", "0.000"]


def test_ascii() -> None:
    for explanation in (make(sampled=True), make(HOSTILE, sampled=True)):
        for word_index in (None, 3):
            assert to_text(explanation, word_index, unicode=False).isascii()
    text = to_text(make(sampled=True), 4, unicode=False)
    assert ">>UI/UX<<" in text
    assert "|+++++" in text
    assert "--|" in text


def test_colours_only_where_asked_and_whatever_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    explanation = make(sampled=True)
    for word_index in (None, 4):
        plain = to_text(explanation, word_index)
        for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "20")):
            monkeypatch.setenv(name, value)
        colored = to_text(explanation, word_index, color=True)
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert "\x1b" not in to_text(explanation, word_index)
        assert "\x1b[" in colored
        assert [line.rstrip() for line in Text.from_ansi(colored).plain.splitlines()] == plain.splitlines()


def test_shading_follows_sign_and_size() -> None:
    explanation = make()
    sentence = to_text(explanation, 4, color=True).splitlines()[0]
    weights = {c.token: c.weight for c in explanation[4].contributions()}
    assert weights["UI/UX"] > 0 > weights["design"]
    assert "48;5;153mUI/UX" in sentence
    assert "48;5;223mdesign" in sentence
    assert "48;5;189m6+" in sentence


def test_all_words() -> None:
    explanation = make(positions=(1, 4))
    lines = to_text(explanation).splitlines()
    assert lines[0] == "[6+ years EXPERIENCE] of [Web UI/UX design SKILLS] experience"
    assert [line.split()[:4] for line in lines[3:5]] == [
        [str(w.word_index), w.token, w.label, f"{w.probability:.3f}"] for w in explanation
    ]
    assert lines[4].endswith("✓ trust")
    assert lines[5] == ""


@pytest.mark.parametrize("target", ["B-SKILLS", EntityType("SKILLS"), AnyEntity(), Contrast("I-SKILLS", "O")])
def test_other_targets(target: object) -> None:
    explanation = make()
    word, text = explanation[4], to_text(explanation, 4, label=target)
    assert text.split("\n\n")[1].startswith(f"UI/UX is{' not' if target == 'B-SKILLS' else ''} ")
    assert str(target) in text
    assert f"{word.probability_of(target):.3f}" in text
    assert f"{word.contributions(target)[0].weight:+.3f}" in table(text)[0]
    assert str(word.verdict_of(target)).split(";")[0] in " ".join(text.split())
    assert f"{word.contributions(target)[0].weight:+.3f}" in to_text(explanation, label=target)


def test_a_table_says_what_it_is_about() -> None:
    assert "Explained: SKILLS" in to_text(make(), label=EntityType("SKILLS"))
    assert "Explained: O" in to_text(make(), label="O")
    assert "Explained" not in to_text(make())


def test_the_masking_is_judged_in_words() -> None:
    text = " ".join(to_text(make(), 4).split())
    assert "masking with every word hidden the probability of an entity is 0.08 on average" in text
    assert "turn into entities" not in text  # none of them do
    some = replace(make(), diagnostics={"measure": 0.2, "o_to_entity_rate": 0.25})
    assert "measure 0.2; 25% of the words labelled O turn into entities" in " ".join(to_text(some, 4).split())


def test_of_a_long_text_the_words_around_are_shown() -> None:
    words = [f"w{i}" for i in range(400)]
    explanation = make(words, positions=(0, 200, 399), components=((0,), (200,), (399,)))
    sentences = [" ".join(to_text(explanation, i).partition("\n\n")[0].split()) for i in (0, 200, 399)]
    assert sentences[0].startswith("»w0« w1 ")
    assert sentences[0].endswith("…")
    assert sentences[1].startswith("… w")
    assert " w199 »w200« w201 " in sentences[1]
    assert sentences[1].endswith(" …")
    assert sentences[2].startswith("… ")
    assert sentences[2].endswith(" w398 »w399«")
    assert all(len(sentence) < 1000 for sentence in sentences)
    assert "..." in to_text(explanation, 0, unicode=False)
    assert len(to_text(explanation).split("\n\n")[0].split()) == 400


def test_disagreements_are_named() -> None:
    explanation = make()
    predicted = list(explanation.predicted)
    predicted[4] = "B-SKILLS"
    explanation = replace(explanation, predicted=tuple(predicted), gold=("O",) * 7)
    text = " ".join(to_text(explanation, 4).split())
    assert "The tagger's best sequence has B-SKILLS here; by itself I-SKILLS is the most probable label." in text
    assert "The gold label is O." in text
    assert "B-SKILLS (gold O)" in to_text(explanation)
    assert "gold" not in to_text(make(), 4)


def test_many_labels_are_cut_with_their_sum() -> None:
    explanation = make(labels=("O", "B-SKILLS", *(f"B-{i}" for i in range(30))), tags=("O",) * 7)
    likely = list(explanation[0].probabilities.items())
    assert f"23 more labels {sum(p for _, p in likely[-23:]):.3f}" in " ".join(to_text(explanation, 0).split())


def test_groups_of_words() -> None:
    lines = table(to_text(make(components=((0, 1), (2,), (3, 5), (4, 6))), 4))
    assert {tuple(line.split()[:3]) for line in lines} >= {("0-1", "6+", "years"), ("3,5", "Web", "design")}


def test_wide_and_combining_characters_are_aligned() -> None:
    tokens = ("東京都に住む", "👩‍💻", "e\u0301" * 3, "naïve", "x" * 99, "plain")
    lines = table(to_text(make(tokens), 0))
    weights = {c.token: f"{c.weight:+.3f}" for c in make(tokens)[0].contributions()}
    starts = {cell_len(line.split(weight)[0]) for line, weight in zip(lines, weights.values(), strict=False)}
    assert len(starts) == 1
    assert any("…" in line for line in lines)


def test_right_to_left_words_do_not_turn_the_line() -> None:
    line = next(line for line in table(to_text(make(("שלום", "a")), 0)) if "שלום" in line)
    assert "שלום\u200e " in line


def test_raw_text_keeps_what_stands_between_words() -> None:
    explanation = make(("a", "b"))
    explanation = replace(explanation, text="«a» ,\n\t b\x07", offsets=((1, 2), (8, 9)))
    assert to_text(explanation, 0, num_features=1).splitlines()[0] == "«»a«» , b␇"


def test_unknown_fidelity_is_shown_as_such() -> None:
    explanation = make()
    explanation.fidelity.kl[4] = np.nan
    text = to_text(explanation, 4)
    assert "R² " in text
    assert "KL" not in text
    explanation.fidelity.top1[4] = np.nan
    explanation.fidelity.variance[4] = np.nan
    text = to_text(explanation, 4)
    assert "fit       not known\n" in text
    assert "nan" not in (text + to_text(explanation)).lower()
    assert "≈ too few masks" in to_text(explanation)


def test_faults() -> None:
    explanation = make(positions=(4,))
    with pytest.raises(WordIndexError, match="0:6\\+ 1:years"):
        to_text(explanation, 7)
    with pytest.raises(WordIndexError, match="was not explained"):
        to_text(explanation, 0)
    with pytest.raises(LabelError, match="B-DEGREE"):
        to_text(explanation, 4, label="B-NONE")
    with pytest.raises(InputError, match="at least 40 cells, found 20"):
        to_text(explanation, 4, width=20)
    with pytest.raises(InputError, match="num_features=0"):
        to_text(explanation, 4, num_features=0)
