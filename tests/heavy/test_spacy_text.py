"""spaCy's entity recogniser: its own tokens of a text, its own labels, and the exact probabilities of its actions."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ner_lime as nl
from ner_lime.corpus.sentence import as_sentence
from ner_lime.errors import InputError
from ner_lime.taggers.decoding import decode
from ner_lime.taggers.spacy import SpacyTagger
from ner_lime.taggers.text import tagger_tokens
from ner_lime.taggers.transitions import Forward

from ..texts import odd_texts

spacy = pytest.importorskip("spacy", reason="needs spaCy: scripts/test --all")

pytestmark = pytest.mark.heavy

TEXT = "Ana can't leave  Oslo (Norway)."


@pytest.fixture(scope="module")
def tagger(pipeline: Any) -> SpacyTagger:
    return SpacyTagger(pipeline)


def words_of(tagger: SpacyTagger, text: str) -> Any:
    return tagger_tokens(tagger, as_sentence(text, tagger.tokenize))


def own_labels(doc: Any) -> list[str]:
    return [f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O" for token in doc]


def test_tokens_of_a_text_are_the_pipeline_s(tagger: SpacyTagger, pipeline: Any) -> None:
    for text in odd_texts():
        tokens, _ = tagger.tokenize(text)
        doc = pipeline.make_doc(text)
        assert tokens == tuple(token.text for token in doc)
        made = tagger._doc(words_of(tagger, text))
        assert made.text == text
        assert [token.norm_ for token in made] == [token.norm_ for token in doc]


def test_labels_of_a_text_are_the_pipeline_s(tagger: SpacyTagger, pipeline: Any, test_part: nl.Corpus) -> None:
    texts = [*odd_texts(), *(" ".join(sentence.tokens) for sentence in test_part[:100])]
    for text in texts:
        if text.strip():
            assert decode(tagger, [words_of(tagger, text)]) == [own_labels(pipeline(text))]


def test_the_most_probable_labels_are_nearly_always_those(
    tagger: SpacyTagger, pipeline: Any, test_part: nl.Corpus
) -> None:
    """The pipeline commits to one token after the other; a beam of 32 agrees in far fewer words."""
    sentences = [list(sentence.tokens) for sentence in test_part[:200]]
    own = tagger.predict(sentences)

    def agreement(one: SpacyTagger) -> float:
        best = [[one.labels[k] for k in answer.argmax(axis=1)] for answer in one.predict_proba(sentences)]
        pairs = [pair for a, b in zip(best, own, strict=True) for pair in zip(a, b, strict=True)]
        return float(np.mean([a == b for a, b in pairs]))

    exact = agreement(tagger)
    assert exact > 0.98
    assert agreement(SpacyTagger(pipeline, beam_width=32)) < exact
    assert agreement(SpacyTagger(pipeline, beam_width=1)) == 1.0


def brute_force(tagger: SpacyTagger, words: list[str]) -> np.ndarray[Any, Any]:
    """Every sequence of actions by itself."""
    pipe = tagger._pipe
    forward = Forward(pipe, tagger.labels)
    (doc,) = tagger._prepared([tagger._doc(words)])
    step = pipe.model.predict([doc])
    names = [pipe.moves.get_class_name(number) for number in range(pipe.moves.n_moves)]
    found = np.zeros((len(words), len(tagger.labels)))
    total = 0.0
    for actions in product(range(len(names)), repeat=len(words)):
        (state,) = pipe.moves.init_batch([doc])
        probability = 1.0
        for action in actions:
            valid = np.array([pipe.moves.is_valid(state, name) for name in names])
            if not valid[action]:
                probability = 0.0
                break
            scores = np.where(valid, np.asarray(step.predict([state]), dtype=float)[0], -np.inf)
            chances = np.exp(scores - scores.max())
            probability *= chances[action] / chances.sum()
            pipe.moves.apply_transition(state, names[action])
        if probability:
            total += probability
            for position, action in enumerate(actions):
                found[position, forward.column(names[action])] += probability
    assert total == pytest.approx(1.0)
    return found


@pytest.mark.parametrize("words", [["Python"], ["Web", "design"], ["unk", "Web", "design"]])
def test_probabilities_are_those_of_all_sequences_of_actions(tagger: SpacyTagger, words: list[str]) -> None:
    assert tagger.predict_proba([words])[0] == pytest.approx(brute_force(tagger, words), abs=1e-7)


def test_a_document_is_answered_alike_alone_and_among_others(tagger: SpacyTagger, test_part: nl.Corpus) -> None:
    sentences = [list(sentence.tokens) for sentence in test_part[:20]]
    together = tagger.predict_proba(sentences)
    for words, answer in zip(sentences, together, strict=True):
        assert answer == pytest.approx(tagger.predict_proba([words])[0], abs=1e-5)


def test_states_may_be_dropped(tagger: SpacyTagger, test_part: nl.Corpus) -> None:
    docs = tagger._prepared([tagger._doc(sentence.tokens) for sentence in test_part[:50]])
    exact = Forward(tagger._pipe, tagger.labels).marginals(docs)
    rough = Forward(tagger._pipe, tagger.labels, density=1e-3).marginals(docs)
    assert max(np.abs(a - b).max() for a, b in zip(exact, rough, strict=True)) < 0.02


def test_masks_keep_spaces_and_norms(tagger: SpacyTagger) -> None:
    words = words_of(tagger, TEXT)
    assert words[:5] == ("Ana", "ca", "n't", "leave", " ")
    prepared = tagger.under_masks(words, ("unk",) * len(words))
    assert prepared is not None
    masks = np.ones((2, len(words)), dtype=bool)
    masks[1, 3] = False
    shown, hidden = prepared.marginals(masks)
    assert shown == pytest.approx(tagger.predict_proba([words])[0], abs=1e-5)
    replaced = words_of(tagger, TEXT.replace("leave", "unk"))
    assert hidden == pytest.approx(tagger.predict_proba([replaced])[0], abs=1e-5)
    assert tagger.under_masks(list(map(str, words)), ["unk"] * len(words)) is None


def test_the_explainer_explains_the_text(tagger: SpacyTagger, pipeline: Any) -> None:
    explanation = nl.NERExplainer(tagger, n_samples=16).explain(TEXT)
    assert explanation.text == TEXT
    assert list(explanation.predicted) == own_labels(pipeline(TEXT))


def test_options_of_the_beam(pipeline: Any) -> None:
    with pytest.raises(InputError, match="beam_density of at least 0"):
        SpacyTagger(pipeline, beam_width=4, beam_density=1.5)
    with pytest.raises(InputError, match="give beam_width too"):
        SpacyTagger(pipeline, beam_density=0.1)
    (narrow,) = SpacyTagger(pipeline, beam_width=8, beam_density=0.5).predict_proba([["Web", "design", "and", "Java"]])
    (wide,) = SpacyTagger(pipeline, beam_width=8).predict_proba([["Web", "design", "and", "Java"]])
    assert not np.allclose(narrow, wide)


def test_a_package_s_folder_one_level_up(pipeline: Any, tmp_path: Path) -> None:
    """As `spacy package` and pip lay it out: the model's folder beside an __init__.py and a meta.json."""
    package = tmp_path / "en_jobs"
    package.mkdir()
    pipeline.to_disk(package / "en_jobs-0.1.0")
    (package / "__init__.py").write_text("")
    (package / "meta.json").write_text((package / "en_jobs-0.1.0" / "meta.json").read_text())
    assert nl.as_tagger(package).labels == nl.as_tagger(package / "en_jobs-0.1.0").labels
