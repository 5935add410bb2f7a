"""A CRF's answers under masks, against what it answers to the masked sentences themselves."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from ner_lime.corpus import read_iob
from ner_lime.crf import CRFTagger, word2features
from ner_lime.crf.masked import masked_sentence, pattern_numbers
from ner_lime.explainers.sentence.masking import apply

TOKENS = ["6+", "years", "of", "Web", "UI/UX", "design", "experience", "or", "equivalent"]
MASKS = oracles.as_array(oracles.masks_of(9))


@pytest.fixture(params=["crf", "wide_crf"])
def tagger(request):
    return request.getfixturevalue(request.param)


def sequences(tokens, replacement, masks):
    return apply(oracles.as_array(masks), tokens, tuple(replacement))


def some(n, length, seed=0):
    return np.random.default_rng(seed).random((n, length)) < 0.6


class TestWholeSentences:
    @pytest.mark.parametrize("mask", ["UNK", "xqz"])
    @pytest.mark.parametrize("length", [1, 2, 3, 9])
    def test_marginals(self, tagger, mask, length):
        tokens, masks = TOKENS[:length], some(60, length)
        found = tagger.under_masks(tokens, [mask] * length).marginals(masks)
        expected = tagger.predict_proba(sequences(tokens, [mask] * length, masks))
        assert found == pytest.approx(np.array(expected), abs=1e-12)

    def test_each_word_may_have_a_replacement_of_its_own(self, tagger):
        other, masks = [f"{word[::-1]}X" for word in TOKENS], some(40, 9)
        found = tagger.under_masks(TOKENS, other).marginals(masks)
        expected = tagger.predict_proba(sequences(TOKENS, other, masks))
        assert found == pytest.approx(np.array(expected), abs=1e-12)

    @pytest.mark.parametrize("window", [0, 3])
    def test_the_other_windows(self, jobs, window):
        tagger = CRFTagger(window=window, max_iterations=8).fit(read_iob(jobs / "train.tsv")[:60])
        masks = some(40, 9)
        found = tagger.under_masks(TOKENS, ["UNK"] * 9).marginals(masks)
        expected = tagger.predict_proba(sequences(TOKENS, ["UNK"] * 9, masks))
        assert found == pytest.approx(np.array(expected), abs=1e-12)

    def test_no_masks(self, crf):
        masked = crf.under_masks(TOKENS, ["UNK"] * 9)
        assert masked.marginals(np.zeros((0, 9), dtype=bool)).shape == (0, 9, len(crf.labels))
        assert masked.span_probability(np.zeros((0, 9), dtype=bool), 0, [["O"]], []).shape == (0,)

    def test_blocks_of_masks_are_answered_alike(self, crf, monkeypatch):
        masked = crf.under_masks(TOKENS, ["UNK"] * 9)
        whole = masked.marginals(MASKS)
        span = masked.span_probability(MASKS, 3, [["B-SKILLS"], ["I-SKILLS"]], ["I-SKILLS"])
        monkeypatch.setattr("ner_lime.crf.masked.LATTICE_NUMBERS", 1000)
        assert np.array_equal(masked.marginals(MASKS), whole)
        assert np.array_equal(masked.span_probability(MASKS, 3, [["B-SKILLS"], ["I-SKILLS"]], ["I-SKILLS"]), span)

    def test_patterns_are_the_bits_around_a_word(self):
        masks = np.array([[1, 0, 0, 1]], dtype=bool)
        assert pattern_numbers(masks, 0).tolist() == [[1, 0, 0, 1]]
        assert pattern_numbers(masks, 1).tolist() == [[0b110, 0b100, 0b001, 0b011]]
        assert pattern_numbers(masks, 2).tolist() == [[0b11100, 0b11001, 0b10011, 0b00111]]


class TestSpans:
    @pytest.mark.parametrize(
        ("start", "labels", "stop"),
        [
            (1, ["B-SKILLS", "I-SKILLS"], "I-SKILLS"),
            (0, ["B-EXPERIENCE"], "I-EXPERIENCE"),
            (1, ["B-SKILLS", "I-SKILLS", "I-SKILLS"], "I-SKILLS"),
            (1, ["O", "O"], None),
        ],
    )
    def test_all_label_sequences_through_the_span(self, tagger, start, labels, stop):
        """Of four words: nine labels to the power of nine words would be too many to list."""
        tokens, masks = TOKENS[2:6], some(4, 4)
        masked = tagger.under_masks(tokens, ["UNK"] * 4)
        found = masked.span_probability(masks, start, [[label] for label in labels], [] if stop is None else [stop])
        known = list(tagger.labels)
        columns = [known.index(label) for label in labels]
        after = None if stop is None else known.index(stop)
        scores = oracles.masked_scores(tagger, tokens, ["UNK"] * 4, masks)
        expected = [oracles.path_span(one, tagger.weights.transitions, start, columns, after) for one in scores]
        assert found == pytest.approx(expected, abs=1e-12)

    def test_several_labels_will_do(self, crf):
        masked = crf.under_masks(TOKENS, ["UNK"] * 9)
        either = masked.span_probability(MASKS, 2, [["O", "B-SKILLS"]], ["I-SKILLS", "B-SKILLS"])
        alone = [masked.span_probability(MASKS, 2, [[label]], ["I-SKILLS", "B-SKILLS"]) for label in ("O", "B-SKILLS")]
        assert either == pytest.approx(alone[0] + alone[1], abs=1e-13)


def largest_error(found, masks, values, positions, *, target_kept):
    """Of mean, effects and second moments, against sums over all masks."""
    worst = 0.0
    for row, position in enumerate(positions):
        target = position if target_kept else None
        expected = oracles.product_moments(masks, values[:, position], 0.7, target)
        for ours, theirs in zip((found.mean[row], found.effects[row], found.second[row]), expected, strict=True):
            worst = max(worst, np.abs(ours - theirs).max())
    return worst


class TestMoments:
    @pytest.mark.parametrize("target_kept", [False, True])
    @pytest.mark.parametrize(("tolerance", "error"), [(1e-3, 1e-3), (1e-6, 2e-6), (1e-12, 1e-10)])
    def test_sums_over_all_masked_sentences(self, tagger, target_kept, tolerance, error):
        tokens, masks = TOKENS[1:8], oracles.masks_of(7)
        values = np.array(tagger.predict_proba(sequences(tokens, ["UNK"] * 7, masks)))
        masked = tagger.under_masks(tokens, ["UNK"] * 7)
        found = masked.moments(oracles.always(0.7), tolerance=tolerance, positions=range(7), target_kept=target_kept)
        assert found.tolerance <= tolerance
        assert largest_error(found, masks, values, range(7), target_kept=target_kept) <= error

    def test_only_some_positions(self, crf):
        masked = crf.under_masks(TOKENS, ["UNK"] * 9)
        whole = masked.moments(oracles.always(0.7), tolerance=1e-12, positions=range(9))
        some = masked.moments(oracles.always(0.7), tolerance=1e-12, positions=[5, 2])
        assert some.effects == pytest.approx(whole.effects[[5, 2]], abs=1e-9)
        assert some.mean == pytest.approx(whole.mean[[5, 2]], abs=1e-9)


class TestSlices:
    """Only some words may be hidden, the others are seen as they are; brute force keeps them in every sentence."""

    @pytest.mark.parametrize(("start", "end"), [(0, 5), (2, 7), (4, 9), (3, 4), (0, 1), (8, 9), (1, 8)])
    def test_marginals(self, tagger, start, end):
        masks = oracles.as_array(oracles.masks_of(end - start))
        whole = np.ones((len(masks), 9), dtype=bool)
        whole[:, start:end] = masks
        found = tagger.under_masks(TOKENS, ["UNK"] * 9, start, end).marginals(masks)
        expected = np.array(tagger.predict_proba(sequences(TOKENS, ["UNK"] * 9, whole)))[:, start:end]
        assert found == pytest.approx(expected, abs=1e-12)

    @pytest.mark.parametrize(("start", "end"), [(0, 5), (2, 7), (4, 9)])
    @pytest.mark.parametrize("target_kept", [False, True])
    def test_moments(self, tagger, start, end, target_kept):
        masks = oracles.masks_of(end - start)
        whole = np.ones((len(masks), 9), dtype=bool)
        whole[:, start:end] = masks
        values = np.array(tagger.predict_proba(sequences(TOKENS, ["UNK"] * 9, whole)))[:, start:end]
        found = tagger.under_masks(TOKENS, ["UNK"] * 9, start, end).moments(
            oracles.always(0.7), tolerance=1e-12, positions=[0, 2, 4], target_kept=target_kept
        )
        assert largest_error(found, masks, values, [0, 2, 4], target_kept=target_kept) <= 1e-10

    def test_spans(self, tagger):
        """Against the whole sentence, whose spans were held against all label sequences."""
        masks = oracles.as_array(oracles.masks_of(5))
        whole = np.ones((32, 9), dtype=bool)
        whole[:, 2:7] = masks
        labels = [["B-SKILLS"], ["I-SKILLS"]]
        for start, stop in ((3, ["I-SKILLS"]), (5, ["I-SKILLS"]), (2, [])):
            found = tagger.under_masks(TOKENS, ["UNK"] * 9, 2, 7).span_probability(masks, start - 2, labels, stop)
            expected = tagger.under_masks(TOKENS, ["UNK"] * 9).span_probability(whole, start, labels, stop)
            assert found == pytest.approx(expected, abs=1e-12)


def first_letters(tokens, i):
    """Sees one word on each side, and says so nowhere."""
    return {f"{j - i}": tokens[j].lower()[0] for j in (i - 1, i, i + 1) if 0 <= j < len(tokens)}


def rare_trigger(tokens, i):
    """Looks at the whole sentence, but only where a certain word stands at its end."""
    return first_letters(tokens, i) | ({"far": tokens[-1]} if tokens[-1] == "Inc." else {})


class TestWhereItCannot:
    def test_features_of_one_s_own_that_are_local(self, advertisements):
        tagger = CRFTagger(features=first_letters, max_iterations=5).fit(advertisements[:40])
        assert tagger.window == 1
        masks = some(20, 9)
        found = tagger.under_masks(TOKENS, ["UNK"] * 9).marginals(masks)
        expected = tagger.predict_proba(sequences(TOKENS, ["UNK"] * 9, masks))
        assert found == pytest.approx(np.array(expected), abs=1e-12)

    def test_a_far_look_that_only_some_sentences_show(self, advertisements):
        tagger = CRFTagger(features=rare_trigger, max_iterations=5).fit(advertisements[:40])
        assert tagger.under_masks(TOKENS, ["UNK"] * 9) is not None
        assert tagger.under_masks([*TOKENS, "Inc."], ["UNK"] * 10) is None

    def test_transitions_too_wide(self, crf):
        class Wide:
            labels, feature_function, window = crf.labels, staticmethod(word2features), 1

            class weights:
                transitions = crf.weights.transitions * 1000

        assert masked_sentence(Wide, TOKENS, ["UNK"] * 9) is None
