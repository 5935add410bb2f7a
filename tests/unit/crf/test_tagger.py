"""The CRF tagger's face: scikit-learn's habits, clear errors, and foreign CRFs taken over."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path

import numpy as np
import pycrfsuite
import pytest
import sklearn_crfsuite
from sklearn.base import clone

from ner_lime.corpus.sentence import Sentence
from ner_lime.crf import CRFTagger, WindowFeatures, search, word2features
from ner_lime.errors import (
    InputError,
    ModelFileError,
    NotFittedError,
    UnsupportedTaggerError,
)

ROWS = """
Anna/NNP/B-PER lives/V/O in/IN/O Berlin/NNP/B-LOC ././O
She/PRP/O saw/V/O New/NNP/B-LOC York/NNP/I-LOC
Ben/NNP/B-PER saw/V/O Anna/NNP/B-PER in/IN/O Paris/NNP/B-LOC
nothing/NN/O in/IN/O there/RB/O
"""


def sentence_of(line):
    tokens, postags, tags = zip(*(cell.split("/") for cell in line.split()), strict=True)
    return Sentence(tokens, tags, postags=postags)


TRAIN = [*map(sentence_of, ROWS.strip().splitlines()), Sentence((), ())]
TOKENS = ["Carl", "lives", "in", "Rome"]


@pytest.fixture(scope="module")
def tagger():
    return CRFTagger(c1=0.0, c2=0.01).fit(TRAIN)


def rows(sentence):
    """The sentence as the tutorial has it."""
    return list(zip(sentence.tokens, sentence.postags or (), sentence.tags, strict=True))


def of_rows(sentence, i):
    word, postag = sentence[i][0], sentence[i][1]
    near = {f"{j - i:+d}": sentence[j][0].lower() for j in (i - 1, i + 1) if 0 <= j < len(sentence)}
    return {"bias": 1.0, "word": word, "title": word.istitle(), "postag": postag, **near}


def title_share(tokens, i):
    return {"word": tokens[i], "share": sum(token.istitle() for token in tokens) / len(tokens)}


@pytest.fixture(scope="module")
def foreign():
    """A CRF trained the usual way on rows."""
    crf = sklearn_crfsuite.CRF(algorithm="lbfgs", c1=0.02, c2=0.03, max_iterations=20, all_possible_transitions=True)
    full = [sentence for sentence in TRAIN if len(sentence)]
    items = [[of_rows(rows(sentence), i) for i in range(len(sentence))] for sentence in full]
    return crf.fit(items, [sentence.tags for sentence in full])


class TestFit:
    def test_it_returns_itself_and_learns(self, tagger):
        assert set(tagger.labels) == {"O", "B-PER", "B-LOC", "I-LOC"}
        assert tagger.predict([sentence.tokens for sentence in TRAIN]) == [list(sentence.tags) for sentence in TRAIN]
        fresh = CRFTagger()
        assert fresh.fit(TRAIN) is fresh

    def test_the_same_data_give_the_same_model(self, tagger):
        again = CRFTagger(c1=0.0, c2=0.01).fit(iter(TRAIN))
        assert np.array_equal(again.weights.state, tagger.weights.state)

    def test_nothing_works_before(self, tmp_path):
        fresh = CRFTagger()
        for use in (
            lambda: fresh.labels,
            lambda: fresh.weights,
            lambda: fresh.predict([TOKENS]),
            lambda: fresh.predict_proba([]),
            lambda: fresh.emissions(TOKENS),
            lambda: fresh.mask_string(),
            lambda: fresh.save(tmp_path / "model"),
        ):
            with pytest.raises(NotFittedError, match=r"call fit or CRFTagger\.load"):
                use()

    @pytest.mark.parametrize(
        ("sentences", "message"),
        [
            ([], "found none"),
            ([Sentence((), ())], "found none"),
            ([Sentence(("a",))], "with tags"),
            ([["a", "b"]], "with tags"),
            ([Sentence(("\udc80",), ("O",))], "valid Unicode"),
        ],
        ids=["nothing", "empty", "untagged", "lists", "surrogate"],
    )
    def test_data_that_can_not_be_learned(self, sentences, message):
        with pytest.raises(InputError, match=message):
            CRFTagger().fit(sentences)

    @pytest.mark.parametrize("parameters", [{"c1": -0.1}, {"c2": float("nan")}, {"c2": "1"}, {"max_iterations": 0}])
    def test_parameters_out_of_range(self, parameters):
        (name,) = parameters
        with pytest.raises(InputError, match=f"expected {name}"):
            CRFTagger(**parameters).fit(TRAIN)

    @pytest.mark.parametrize("value", [float("nan"), None, (1,)])
    def test_features_that_are_no_features(self, value):
        with pytest.raises(InputError, match="'shape'"):
            CRFTagger(features=lambda tokens, i: {"word": tokens[i].lower(), "shape": value}).fit(TRAIN)

    def test_a_single_label(self):
        tagger = CRFTagger().fit([Sentence(("a", "b"), ("O", "O"))])
        assert tagger.predict([["x"]]) == [["O"]]
        assert tagger.predict_proba([["x", "y"]])[0].tolist() == [[1.0], [1.0]]

    def test_a_penalty_that_leaves_nothing(self):
        tagger = CRFTagger(c1=1e6).fit(TRAIN)
        assert not tagger.weights.state.any()
        assert np.allclose(tagger.predict_proba([TOKENS])[0], 1 / len(tagger.labels))

    def test_progress_counts_up_to_the_total(self):
        seen = []
        CRFTagger(max_iterations=7).fit(TRAIN, progress=lambda done, total: seen.append((done, total)))
        assert seen == [(k, 7) for k in range(1, 8)]

    def test_progress_ends_at_the_total_when_training_converges(self):
        seen = []
        CRFTagger(max_iterations=10_000, c2=1.0).fit(TRAIN, progress=lambda *pair: seen.append(pair))
        assert seen[-1] == (10_000, 10_000)
        assert len(seen) < 5_000

    def test_an_interrupted_training_leaves_the_old_model(self):
        tagger = CRFTagger().fit(TRAIN)
        before = tagger.weights

        def interrupt(done, total):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            tagger.fit(TRAIN[:2], progress=interrupt)
        assert tagger.weights is before

    def test_nothing_is_printed(self, capfd):
        CRFTagger().fit(TRAIN).predict([TOKENS])
        assert capfd.readouterr() == ("", "")


class TestPredict:
    def test_rows_sum_to_one(self, tagger):
        sentences = [TOKENS, [], ["x"], TOKENS[::-1], ["a"] * 300]
        marginals = tagger.predict_proba(sentences)
        assert [m.shape for m in marginals] == [(len(tokens), len(tagger.labels)) for tokens in sentences]
        assert all(m.dtype == np.float64 for m in marginals)
        assert all(np.allclose(m.sum(axis=1), 1.0, atol=1e-12) for m in marginals)
        assert [len(path) for path in tagger.predict(sentences)] == [len(tokens) for tokens in sentences]

    def test_company_does_not_matter(self, tagger):
        sentences = [list(sentence.tokens) for sentence in TRAIN] * 3
        alone = [tagger.predict_proba([tokens])[0] for tokens in sentences]
        together = tagger.predict_proba(sentences)
        assert all(np.allclose(a, b, atol=1e-14) for a, b in zip(alone, together, strict=True))

    def test_no_sentences(self, tagger):
        assert (tagger.predict([]), tagger.predict_proba([])) == ([], [])

    def test_sentences_in_any_form(self, tagger):
        forms = [TOKENS, tuple(TOKENS), Sentence(tuple(TOKENS)), iter(TOKENS), np.array(TOKENS)]
        answers = tagger.predict_proba(forms)
        assert all(np.array_equal(answer, answers[0]) for answer in answers)

    @pytest.mark.parametrize(
        ("sentences", "message"),
        [
            (["two words"], "list of tokens"),
            (["Carl", "lives"], "list of tokens"),
            ([3], "list of tokens"),
            ([["a", None]], "None at word index 1"),
            ([[("a", "NN")]], "at word index 0"),
        ],
    )
    def test_sentences_that_are_none(self, tagger, sentences, message):
        for use in (tagger.predict, tagger.predict_proba):
            with pytest.raises(InputError, match=message):
                use(sentences)

    def test_a_feature_function_that_fails_on_a_sentence(self):
        tagger = CRFTagger(features=lambda tokens, i: {"last": tokens[i].lower()[-1]}).fit(TRAIN)
        with pytest.raises(InputError, match=r"failed on \['ok', ''\]: IndexError"):
            tagger.predict_proba([["ok", ""]])

    def test_a_weight_that_is_not_finite(self):
        tagger = CRFTagger(features=lambda tokens, i: {tokens[i].lower(): float(tokens[i] != "x" or "nan")}).fit(TRAIN)
        with pytest.raises(InputError, match="feature 'x': expected a finite number, found nan"):
            tagger.predict([["x"]])

    def test_emissions_are_what_the_weights_give(self, tagger):
        expected = np.zeros((len(TOKENS), len(tagger.labels)))
        for i in range(len(TOKENS)):
            for name, value in word2features(TOKENS, i).items():
                attribute, weight = (f"{name}:{value}", 1.0) if isinstance(value, str) else (name, float(value))
                if attribute in tagger.weights.attributes:
                    expected[i] += weight * tagger.weights.state[tagger.weights.attributes[attribute]]
        assert np.allclose(tagger.emissions(TOKENS), expected, atol=1e-13)
        assert expected.any()

    def test_evaluate(self, tagger):
        assert tagger.evaluate(TRAIN).f1 == 1.0
        wrong = [Sentence(("Anna", "lives"), ("O", "B-LOC"))]
        assert tagger.evaluate(wrong).f1 == 0.0


class TestParameters:
    def test_scikit_learn_can_clone_it(self):
        original = CRFTagger(window=2, c1=0.3, postags=True)
        copy = clone(original)
        assert copy is not original
        assert copy.get_params() == original.get_params()
        assert original.get_params()["window"] == 2

    def test_a_clone_of_one_with_its_own_features(self):
        assert clone(CRFTagger(features=title_share)).get_params() == CRFTagger(features=title_share).get_params()

    def test_the_window_reaches_the_features(self):
        tagger = CRFTagger(window=2).fit(TRAIN)
        assert (tagger.window, tagger.feature_function) == (2, WindowFeatures(2))
        assert any(name.startswith("+2:") for name in tagger.weights.attributes)

    @pytest.mark.parametrize("window", [-1, 4, None])
    def test_windows_that_are_refused(self, window):
        with pytest.raises(InputError, match="0 to 3"):
            CRFTagger(window=window)

    def test_it_shows_its_parameters(self):
        assert repr(CRFTagger(c1=0.5)) == (
            "CRFTagger(window=1, c1=0.5, c2=0.1, max_iterations=100, all_possible_transitions=True, postags=False)"
        )

    def test_a_worker_process_gets_the_same_tagger(self, tagger):
        other = pickle.loads(pickle.dumps(tagger))
        assert np.array_equal(other.predict_proba([TOKENS])[0], tagger.predict_proba([TOKENS])[0])


@pytest.fixture(scope="module")
def trained():
    return CRFTagger(postags=True, c1=0.0, c2=0.01).fit(TRAIN)


class TestPartsOfSpeech:
    def test_they_matter(self, trained):
        noun = Sentence(("Xyz",), postags=("NNP",))
        verb = Sentence(("Xyz",), postags=("V",))
        one, other, none = trained.predict_proba([noun, verb, ["Xyz"]])
        outside = trained.labels.index("O")
        assert one[0, outside] < none[0, outside] < other[0, outside]

    def test_training_without_them_is_refused(self):
        with pytest.raises(InputError, match="parts of speech"):
            CRFTagger(postags=True).fit([Sentence(("a",), ("O",))])

    def test_masks_hide_them_too(self, trained):
        sentence = TRAIN[0]
        masked = trained.under_masks(sentence, ["xqz"] * 5)
        shown, hidden = masked.marginals(np.array([[True] * 5, [False] * 5]))
        assert np.allclose(shown, trained.predict_proba([sentence])[0], atol=1e-12)
        assert np.allclose(hidden, trained.predict_proba([["xqz"] * 5])[0], atol=1e-12)


class TestMaskString:
    def test_only_bias_and_position_fire(self, tagger):
        mask = tagger.mask_string()
        names = list(tagger.weights.attributes)
        features = [word2features([mask] * 5, i) for i in range(5)]
        fired = {names[row] for item in features for row, _ in tagger.weights.known(item)}
        assert fired <= {"bias", "BOS", "EOS"}
        assert mask.islower()
        assert mask == tagger.mask_string()

    def test_unk_would_fire_more(self, tagger):
        upper = Sentence(("USA",), ("B-LOC",))
        tagger = CRFTagger(c1=0.0).fit([*TRAIN, upper])

        def n_fired(mask):
            return sum(len(tagger.weights.known(word2features([mask] * 3, i))) for i in range(3))

        assert n_fired(tagger.mask_string()) < n_fired("UNK")

    def test_it_is_not_in_the_sentence(self, tagger):
        first = tagger.mask_string()
        second = tagger.mask_string(["a", first.upper()])
        assert second != first
        assert tagger.mask_string([second]) == first

    def test_a_known_suffix_is_avoided(self, tagger):
        first = tagger.mask_string()
        knows = CRFTagger(c1=0.0).fit([*TRAIN, Sentence((first, "a" + first[-2:]), ("B-LOC", "O"))])
        assert knows.mask_string()[-2:] != first[-2:]


class TestFromCRFsuite:
    def theirs(self, crf, items):
        return np.array([[row[label] for label in crf.classes_] for row in crf.predict_marginals_single(items)])

    def test_a_function_of_rows(self, foreign):
        tagger = CRFTagger.from_crfsuite(foreign, features=of_rows)
        assert list(tagger.labels) == foreign.classes_
        assert tagger.window == 1
        assert (tagger.c1, tagger.c2, tagger.max_iterations) == (0.02, 0.03, 20)
        for sentence in TRAIN[:4]:
            items = [of_rows(rows(sentence), i) for i in range(len(sentence))]
            assert np.abs(tagger.predict_proba([sentence])[0] - self.theirs(foreign, items)).max() <= 1e-12
            assert tagger.predict([sentence])[0] == list(foreign.predict_single(items))

    def test_a_path(self, foreign):
        by_path = CRFTagger.from_crfsuite(foreign.modelfile.name, features=of_rows)
        by_object = CRFTagger.from_crfsuite(foreign, features=of_rows)
        assert np.array_equal(by_path.weights.state, by_object.weights.state)

    def test_it_outlives_the_crf(self):
        crf = sklearn_crfsuite.CRF().fit([[{"a": 1.0}, {"b": 1.0}]], [["X", "Y"]])
        tagger = CRFTagger.from_crfsuite(crf, features=lambda tokens, i: {tokens[i].lower(): 1.0})
        path = Path(crf.modelfile.name)
        del crf
        assert not path.exists()
        assert tagger.predict([["a", "b"]]) == [["X", "Y"]]

    def test_features_of_the_whole_sentence_have_no_window(self):
        sentences = [sentence for sentence in TRAIN if len(sentence)]
        items = [[title_share(sentence.tokens, i) for i in range(len(sentence))] for sentence in sentences]
        crf = sklearn_crfsuite.CRF(max_iterations=10).fit(items, [sentence.tags for sentence in sentences])
        tagger = CRFTagger.from_crfsuite(crf, features=title_share)
        assert tagger.window is None
        assert tagger.under_masks(TOKENS, ["xqz"] * 4) is None
        tokens = TRAIN[0].tokens
        assert np.abs(tagger.predict_proba([tokens])[0] - self.theirs(crf, items[0])).max() <= 1e-12

    def test_our_own_function(self, tagger, tmp_path):
        tagger.save(tmp_path / "model")
        taken = CRFTagger.from_crfsuite(tmp_path / "model" / "model.crfsuite", features=word2features)
        assert taken.feature_function == WindowFeatures(1)
        assert np.array_equal(taken.predict_proba([TOKENS])[0], tagger.predict_proba([TOKENS])[0])

    def test_an_untrained_crf(self):
        with pytest.raises(NotFittedError, match="call fit first"):
            CRFTagger.from_crfsuite(sklearn_crfsuite.CRF(), features=of_rows)

    def test_what_has_no_model(self):
        for thing in (pycrfsuite.Tagger(), None, 3, object()):
            with pytest.raises(UnsupportedTaggerError, match=type(thing).__name__):
                CRFTagger.from_crfsuite(thing, features=of_rows)

    def test_files_that_are_no_model(self, tmp_path):
        (tmp_path / "text").write_text("hello")
        for path in (tmp_path / "text", tmp_path / "missing", str(tmp_path)):
            with pytest.raises(ModelFileError, match="expected a CRFsuite model"):
                CRFTagger.from_crfsuite(path, features=of_rows)

    def test_features_that_the_model_never_saw(self, foreign, caplog):
        with caplog.at_level(logging.WARNING, logger="ner_lime"):
            CRFTagger.from_crfsuite(foreign, features=lambda tokens, i: {"other": tokens[i].lower()})
        assert "knows no feature" in caplog.text
        caplog.clear()
        CRFTagger.from_crfsuite(foreign, features=of_rows)
        assert not caplog.text


class TestSearch:
    def sentences(self, documents=6):
        return [
            Sentence(sentence.tokens, sentence.tags, document)
            for document in range(documents)
            for sentence in TRAIN[document % 3 :]
        ]

    def test_the_best_has_the_highest_mean(self):
        tagger, seen = CRFTagger(max_iterations=5), []
        result = search(
            self.sentences(), n_candidates=4, folds=2, tagger=tagger, progress=lambda *pair: seen.append(pair)
        )
        best = max(result.table, key=lambda candidate: candidate.mean)
        assert result.best == {"c1": best.c1, "c2": best.c2}
        assert [len(candidate.scores) for candidate in result.table] == [2] * 4
        assert len({candidate.c1 for candidate in result.table}) == 4
        assert seen == [(k, 8) for k in range(1, 9)]

    def test_the_seed_decides(self):
        def run(seed):
            return search(
                self.sentences(), n_candidates=2, folds=2, tagger=CRFTagger(max_iterations=3), random_state=seed
            )

        assert run(0) == run(0)
        assert run(0).table != run(1).table

    def test_documents_stay_together(self):
        calls = []

        def score(gold, predicted):
            calls.append(len(gold))
            return 0.0

        sentences = [Sentence((f"w{d}",), ("O",), d) for d in range(4) for _ in range(2**d)]
        search(sentences, n_candidates=1, folds=4, tagger=CRFTagger(max_iterations=2), score=score)
        assert sorted(calls) == [1, 2, 4, 8]

    def test_sentences_where_there_are_too_few_documents(self):
        sentences = [Sentence(sentence.tokens, sentence.tags) for sentence in TRAIN[:4]]
        result = search(sentences, n_candidates=1, folds=4, tagger=CRFTagger(max_iterations=2))
        assert len(result.table[0].scores) == 4

    @pytest.mark.parametrize(("n_candidates", "folds"), [(0, 2), (1, 1), (1, 5)])
    def test_numbers_out_of_range(self, n_candidates, folds):
        with pytest.raises(InputError, match="folds"):
            search(TRAIN, n_candidates=n_candidates, folds=folds)
