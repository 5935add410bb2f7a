"""The tutorial's way from a corpus to an explained word: with the real sklearn-crfsuite and eli5, then with the bridge.

The sentence and the word are the tutorial's: why is word 4, "UI/UX", inside of a skill?
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import eli5
import numpy as np
import pytest
import sklearn_crfsuite
from eli5.lime import TextExplainer
from eli5.lime.samplers import MaskingTextSampler

from ner_lime import CRFTagger, NERExplainer, Sentence, read_iob, tokenize
from ner_lime.crf.features import word2features
from ner_lime.eli5 import TokenMaskingSampler, TokenTextExplainer, from_eli5, predict_function

TEXT = "6+ years of Web UI/UX design experience Proven mobile web application design experience"
WORDS = TEXT.split()
WORD_INDEX = 4


def features(sentence: Sentence) -> list[dict[str, Any]]:
    return [word2features(sentence.tokens, i) for i in range(len(sentence))]


@pytest.fixture(scope="module")
def crf(jobs: Path) -> sklearn_crfsuite.CRF:
    """Trained as the tutorial does it."""
    sentences = read_iob(jobs / "train.tsv")
    model = sklearn_crfsuite.CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=60, all_possible_transitions=True)
    return model.fit([features(s) for s in sentences], [list(s.tags or ()) for s in sentences])


@pytest.fixture(scope="module")
def tagger(crf: sklearn_crfsuite.CRF) -> CRFTagger:
    return CRFTagger.from_crfsuite(crf, features=word2features)


def test_the_words_and_their_indices() -> None:
    tokens, _ = tokenize(TEXT)
    assert dict(enumerate(tokens)) == dict(enumerate(WORDS))
    assert tokens[WORD_INDEX] == "UI/UX"


def test_the_model_finds_the_tutorials_entities(tagger: CRFTagger) -> None:
    assert tagger.predict([WORDS])[0][:7] == [
        "B-EXPERIENCE", "I-EXPERIENCE", "O", "B-SKILLS", "I-SKILLS", "I-SKILLS", "O",
    ]  # fmt: skip


def test_the_predict_function_gives_what_the_crf_itself_says(crf: sklearn_crfsuite.CRF, tagger: CRFTagger) -> None:
    texts = [TEXT, TEXT.replace("design", "UNK"), "UNK years of UNK UI/UX UNK"]
    f = predict_function(tagger, WORD_INDEX)
    marginals = crf.predict_marginals([features(Sentence(tuple(text.split()))) for text in texts])
    wanted = [[row[WORD_INDEX][label] for label in f.labels] for row in marginals]
    np.testing.assert_allclose(f(texts), wanted, atol=1e-9)


def test_four_sample_sentences(tagger: CRFTagger) -> None:
    samples, similarity = TokenMaskingSampler(replacement="UNK", max_replace=0.7).sample_near(TEXT, n_samples=4)
    assert samples[0] == TEXT
    assert len(samples) == 4
    for sample, similar in zip(samples, similarity, strict=True):
        words = sample.split(" ")
        kept = [word == own for word, own in zip(words, WORDS, strict=True)]
        assert {word for word, same in zip(words, kept, strict=True) if not same} <= {"UNK"}
        assert similar == pytest.approx(np.sqrt(np.mean(kept)))


# Deprecations and convergence are the peers' own affair; what they compute is ours.
@pytest.mark.filterwarnings("ignore")
def test_the_tutorials_own_calls_still_work_with_the_predict_function(tagger: CRFTagger) -> None:
    f = predict_function(tagger, WORD_INDEX)
    sampler = MaskingTextSampler(replacement="UNK", max_replace=0.7, token_pattern=None, bow=False, random_state=42)
    samples, _ = sampler.sample_near(TEXT, n_samples=4)
    assert f(list(samples)).shape == (4, len(tagger.labels))
    explainer = TextExplainer(sampler=sampler, position_dependent=True, random_state=42, n_samples=500)
    explainer.fit(TEXT, f)
    explained = explainer.explain_prediction(target_names=list(f.labels), top_targets=3)
    assert explained.targets[0].target == "I-SKILLS"
    # The fault that the bridge mends: the model's one word is two of eli5's.
    names = {one.feature for one in explained.targets[0].feature_weights.pos}
    assert {"[4] UI", "[5] UX"} <= names
    assert explainer.metrics_["mean_KL_divergence"] < 0.3


@pytest.mark.filterwarnings("ignore")
def test_eli5s_explainer_on_the_bridges_sampler(tagger: CRFTagger) -> None:
    sampler = TokenMaskingSampler(replacement="UNK")
    f = predict_function(tagger, WORD_INDEX, sentence=TEXT)  # refuses a text that lost or gained a token
    explainer = TextExplainer(
        sampler=sampler, position_dependent=True, token_pattern=r"\S+", random_state=42, n_samples=500
    ).fit(TEXT, f)
    explained = explainer.explain_prediction(target_names=list(f.labels), top_targets=1)
    read = from_eli5(explained, WORD_INDEX, TEXT)
    top = [c.word_index for c in read[WORD_INDEX].contributions("I-SKILLS", num_features=3)]
    exact = NERExplainer(tagger).explain(TEXT, positions=[WORD_INDEX])[WORD_INDEX]
    assert WORD_INDEX in top
    assert len(set(top) & {c.word_index for c in exact.contributions(num_features=4)}) >= 2


@pytest.fixture(scope="module")
def fitted(tagger: CRFTagger) -> TokenTextExplainer:
    sampler = TokenMaskingSampler(replacement="UNK", max_replace=0.7)
    return TokenTextExplainer(sampler=sampler, random_state=42).fit(TEXT, tagger, WORD_INDEX)


def test_the_bridge_takes_the_same_calls(fitted: TokenTextExplainer, tagger: CRFTagger) -> None:
    explained = fitted.explain_prediction(target_names=list(tagger.labels), top_targets=3)
    assert explained.targets[0].target == "I-SKILLS"
    assert explained.targets[0].proba == pytest.approx(tagger.predict_proba([WORDS])[0][4].max())
    assert fitted.metrics_["score"] > 0.8
    assert 0.0 <= fitted.metrics_["mean_KL_divergence"] < 0.3


def test_the_picture_holds_the_sentence_as_it_was_typed(fitted: TokenTextExplainer) -> None:
    page = fitted.show_prediction(targets=["I-SKILLS"]).data
    assert "".join(re.findall(r"<span[^>]*>([^<]*)</span>", page)) == TEXT
    assert re.search(r'title="0\.\d+">UI/UX</span>', page)


def test_the_contributions_of_the_tokens(fitted: TokenTextExplainer, tagger: CRFTagger) -> None:
    table = eli5.format_as_text(fitted.explain_prediction(top_targets=1))
    listed = re.findall(r"([+-]\d\.\d{3})  (\S+) \[(\d+)\]", table)
    assert {(word, int(place)) for _, word, place in listed} == {(word, i) for i, word in enumerate(WORDS)}
    weights = {int(place): float(weight) for weight, _, place in listed}
    assert max(weights, key=lambda place: abs(weights[place])) in (2, 3, 4, 5)
    assert abs(weights[11]) < 0.02 < abs(weights[5]), "the first design stands by the word, the second does not"


def test_a_tokenized_sentence_of_the_corpus_is_explained_as_it_is(tagger: CRFTagger, jobs: Path) -> None:
    sentence = next(s for s in read_iob(jobs / "train.tsv") if 8 <= len(s) <= 11 and "B-SKILLS" in (s.tags or ()))
    assert sentence.tags is not None
    position = sentence.tags.index("B-SKILLS")
    explained = TokenTextExplainer().fit(sentence, tagger, position).explain_prediction(top_targets=1)
    assert explained.targets[0].weighted_spans.docs_weighted_spans[0].document == " ".join(sentence.tokens)
