"""Hugging Face's token classification services: their request, and their findings put back onto words.

A service reads texts, not words, and says of each finding where it stands. It gives the score of the best label only:
the probabilities of the others are a guess, and explanations of labels that were never the best one are of no worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from ner_lime.corpus.labels import OUTSIDE
from ner_lime.errors import TaggerError
from ner_lime.taggers.labels import columns
from ner_lime.types import FloatArray, Tokens

if TYPE_CHECKING:
    from ner_lime.taggers.http.formats import Parsed


def huggingface_request(sentences: Sequence[Tokens]) -> Any:
    """Ask for the texts, with the score of every piece of a word, of O too."""
    return {
        "inputs": [" ".join(sentence) for sentence in sentences],
        "parameters": {"aggregation_strategy": "none", "ignore_labels": []},
    }


def huggingface_answer(answer: Any, sentences: Sequence[Tokens], labels: tuple[str, ...] | None) -> Parsed:
    """Probabilities from what was found in texts, approximately.

    A word has the label of the first finding that overlaps it. Of a group such as PER, the first word is B-PER and the
    others are I-PER where there are such labels. Its score is the label's probability, and the rest is given to all
    other labels evenly: given to O alone, it would put O on top wherever the score is below one half. A word without a
    finding is O for certain: the service ignores O, or did not read so far. Where there is no O, that is an error: any
    label would be made up.

    Parameters
    ----------
    answer : list
        For each text a list of findings: ``{"entity" or "entity_group", "score", "start", "end"}``.
    sentences : n token lists
    labels : the L labels

    Returns
    -------
    labels, and n (T, L) arrays

    Raises
    ------
    TaggerError
        A label that is not among `labels`, a finding without its place, or a word without a finding where there is no
        O. Other faults raise as they come.
    """
    known = tuple(labels or ())
    texts = [answer] if len(sentences) == 1 and not any(isinstance(item, list) for item in answer) else answer
    return known, [_word_rows(sentence, findings, known) for sentence, findings in zip(sentences, texts, strict=True)]


def _word_rows(tokens: Tokens, findings: Any, labels: tuple[str, ...]) -> FloatArray:
    ends = list(accumulate(tokens, lambda end, token: end + 1 + len(token), initial=-1))
    matrix = np.zeros((len(tokens), len(labels)))
    ordered = sorted(findings, key=lambda finding: _place(finding))
    for i, token in enumerate(tokens):
        start, end = ends[i] + 1, ends[i] + 1 + len(token)
        over = [finding for finding in ordered if finding["start"] < end and finding["end"] > start]
        if over:
            label = _label(over[0], labels, inside=over[0]["start"] < start)
            matrix[i] = _spread(columns([label], labels)[0], float(over[0]["score"]), len(labels))
        elif OUTSIDE in labels:
            matrix[i, labels.index(OUTSIDE)] = 1.0
        else:
            raise TaggerError(
                f"expected a finding for every word, as there is no O among the labels, found none for word {i}, "
                f"{token!r:.80}: does the service leave a label out, or not read so far?"
            )
    return matrix


def _place(finding: Any) -> tuple[float, float]:
    start, end = finding["start"], finding["end"]
    if not all(isinstance(edge, (int, float)) and edge >= 0 for edge in (start, end)):
        raise TaggerError(
            f"expected the place of every finding, found start {start!r:.20} and end {end!r:.20}: a slow tokenizer has "
            "none"
        )
    return start, end


def _label(finding: Any, labels: tuple[str, ...], *, inside: bool) -> str:
    if "entity" in finding:
        return str(finding["entity"])
    group = str(finding["entity_group"])
    prefixed = f"{'I' if inside else 'B'}-{group}"
    return prefixed if prefixed in labels else group


def _spread(column: int, score: float, n_labels: int) -> FloatArray:
    row = np.full(n_labels, (1.0 - score) / max(n_labels - 1, 1))
    row[column] = score
    return row
