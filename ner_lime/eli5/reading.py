"""An ``eli5.base.Explanation`` read back as an `Explanation`: what eli5 or `to_eli5` says of one word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from ner_lime.corpus.labels import OUTSIDE
from ner_lime.corpus.sentence import Sentence
from ner_lime.corpus.tokenizer import Offsets, tokenize
from ner_lime.eli5.convert import BIAS
from ner_lime.eli5.texts import as_sentence
from ner_lime.errors import InputError, WordIndexError
from ner_lime.explanation import Explanation, Fidelity, Settings, out_of_range

NOT_RECORDED = "not recorded"

Places: TypeAlias = tuple[tuple[int, int], ...]


def from_eli5(explained: Any, word_index: int, sentence: str | Sequence[str] | Sentence | None = None) -> Explanation:
    """Read the explanation of one word that came from eli5.

    Weights, bias, probability and standard errors of the targets that it holds come back; a word that eli5 does not
    mention weighs 0. What eli5 does not record is NaN: the fidelity, and the probabilities of the other words, whose
    predicted labels stand as ``O``.

    Parameters
    ----------
    explained : eli5.base.Explanation
        Of a prediction, with the text highlighted (``weighted_spans``): made by `to_eli5`, or by ``TextExplainer`` with
        single words as features (``position_dependent=True``, or ``ngram_range=(1, 1)``).
    word_index : int
        Which word it explains.
    sentence : str, sequence of str, or Sentence, optional
        The sentence; without it a token is what eli5 highlights as one, and the rest of the text is tokenized.

    Returns
    -------
    Explanation
        With positions=(word_index,); words that eli5 weighs as one are one component.

    Raises
    ------
    InputError
        No highlighted text, another text than the sentence's, or features that overlap.
    WordIndexError
        The word is outside of the sentence.
    """
    targets = list(explained.targets or ())
    documents = [_document(target) for target in targets]
    if not targets or len({document.document for document in documents}) != 1:
        raise InputError("expected an eli5 explanation of a prediction on one text, with targets, found none")
    found = _sentence(documents, sentence)
    tokens, offsets = found.tokens, found.offsets or ()
    if not 0 <= word_index < len(tokens):
        raise WordIndexError(out_of_range(word_index, tokens))
    weights: dict[tuple[tuple[int, ...], int], float] = {}
    errors: dict[tuple[tuple[int, ...], int], float] = {}
    for row, (target, document) in enumerate(zip(targets, documents, strict=True)):
        deviations = _deviations(target)
        for feature, places, weight in document.spans:
            words = _words(places, offsets)
            weights[words, row] = weights.get((words, row), 0.0) + float(weight)
            errors[words, row] = deviations.get(feature, 0.0)
    components = _components({words for words, _ in weights}, tokens)
    shape = (1, len(targets), len(components))
    keys = [[(words, row) for words in components] for row in range(len(targets))]
    labels = tuple(
        str.__str__(target.target) if isinstance(target.target, str) else str(target.target) for target in targets
    )
    own = np.asarray([np.nan if target.proba is None else target.proba for target in targets], dtype=float)
    best = labels[int(np.nanargmax(own))] if np.isfinite(own).any() else labels[0]
    unknown = np.full((1, len(labels)), np.nan)
    second = np.full((1, len(labels), len(labels)), np.nan)
    return Explanation(
        tokens=tokens,
        text=found.raw_text,
        offsets=offsets,
        labels=labels,
        positions=(word_index,),
        components=components,
        probabilities=np.where(np.arange(len(tokens))[:, None] == word_index, own, np.nan),
        predicted=tuple(best if j == word_index else OUTSIDE for j in range(len(tokens))),
        gold=None,
        weights=np.asarray([[weights.get(key, 0.0) for key in row] for row in keys]).reshape(shape),
        bias=np.asarray([[_bias(target) for target in targets]]),
        std_errors=np.asarray([[errors.get(key, 0.0) for key in row] for row in keys]).reshape(shape),
        fidelity=Fidelity(unknown, unknown[:, 0], unknown[:, 0], second, second, 0, NOT_RECORDED),
        settings=Settings(
            method="lime",
            neighbourhood=NOT_RECORDED,
            masking=NOT_RECORDED,
            engine="eli5",
            estimator=str(explained.method or explained.estimator).strip().splitlines()[0],
            n_calls=0,
            random_state=None,
            tolerance=None,
            context_only=False,
        ),
    )


def _document(target: Any) -> Any:
    """The highlighted text of a target."""
    documents = list(target.weighted_spans.docs_weighted_spans) if target.weighted_spans else []
    if len(documents) != 1:
        raise InputError(
            f"expected one highlighted text for target {target.target!r}, found {len(documents)}: explain a prediction "
            "with words (not a FeatureUnion or hashed features) as features"
        )
    return documents[0]


def _sentence(documents: Sequence[Any], sentence: str | Sequence[str] | Sentence | None) -> Sentence:
    """Tokens with their places in the highlighted text."""
    text = documents[0].document
    if sentence is not None:
        given = as_sentence(sentence)
        if given.raw_text.lower() != text.lower():  # eli5's vectorizers show the text in lower case
            raise InputError(f"expected the sentence that eli5 explained, {text!r:.80}, found {given.raw_text!r:.80}")
        return given if given.offsets else _joined(given)
    places = sorted({place for document in documents for _, spans, _ in document.spans for place in spans})
    offsets: list[tuple[int, int]] = []
    end = 0
    for start, stop in [*places, (len(text), len(text))]:
        if start < end:
            raise InputError(_overlap(text[start:stop]))
        offsets += [(end + first, end + last) for first, last in tokenize(text[end:start])[1]]
        if stop > start:
            offsets.append((start, stop))
        end = stop
    return Sentence(tuple(text[start:stop] for start, stop in offsets), text=text, offsets=tuple(offsets))


def _joined(sentence: Sentence) -> Sentence:
    """Offsets of tokens with single spaces between them."""
    ends = np.cumsum([len(token) + 1 for token in sentence.tokens]) - 1
    offsets = tuple((int(end) - len(token), int(end)) for token, end in zip(sentence.tokens, ends, strict=True))
    return Sentence(sentence.tokens, text=sentence.raw_text, offsets=offsets)


def _words(places: Sequence[tuple[int, int]], offsets: Offsets) -> tuple[int, ...]:
    """Indices of the tokens that share a character with any of the places."""
    return tuple(
        j for j, (start, end) in enumerate(offsets) if any(start < stop and first < end for first, stop in places)
    )


def _components(found: set[tuple[int, ...]], tokens: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The words of each feature, and every other word by itself."""
    owners = Counter(word for words in found for word in words)
    for word, count in owners.items():
        if count > 1:
            raise InputError(_overlap(tokens[word]))
    rest = {(word,) for word in range(len(tokens)) if word not in owners}
    return tuple(sorted((found | rest) - {()}))


def _overlap(text: str) -> str:
    return (
        f"expected features that do not overlap, found several that hold {text!r:.40}: use single words "
        "(position_dependent=True, or a vectorizer with ngram_range=(1, 1))"
    )


def _deviations(target: Any) -> dict[Any, float]:
    return {one.feature: float(one.std) for one in _listed(target) if one.std is not None}


def _bias(target: Any) -> float:
    """From the table of weights, or from what stands beside the text where the table shows only the largest."""
    beside = target.weighted_spans.other
    listed = [*_listed(target), *(() if beside is None else (*beside.pos, *beside.neg))]
    return next((float(one.weight) for one in listed if one.feature == BIAS), 0.0)


def _listed(target: Any) -> list[Any]:
    weights = target.feature_weights
    return [] if weights is None else [*weights.pos, *weights.neg]
