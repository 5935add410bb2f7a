"""The label sequence that a tagger predicts, and its scores on a corpus, for taggers of every kind.

A tagger that decodes (a CRF's Viterbi path, the output of a spaCy pipeline) is asked for its own sequence; of any
other the most probable label of each token is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ner_lime.corpus.scores import Scores, score_tags
from ner_lime.corpus.sentence import Sentence
from ner_lime.crf.sentences import tags_of, words_of
from ner_lime.errors import NerLimeError, TaggerError, in_one_line
from ner_lime.taggers.answers import ask
from ner_lime.taggers.text import tagger_tokens
from ner_lime.types import FloatArray, SupportsDecoding, Tagger, Tokens

SENTENCES_PER_CALL = 256
"""Maximum number of sentences per call of the tagger."""


def decode(
    tagger: Tagger,
    sentences: Iterable[Tokens | Sentence],
    *,
    probabilities: Sequence[FloatArray] | None = None,
) -> list[list[str]]:
    """Predict the label sequence of each sentence.

    Parameters
    ----------
    tagger : Tagger
        Its own ``predict`` is used where it has one (`ner_lime.types.SupportsDecoding`).
    sentences : iterable of token lists or Sentence
        n sentences of any lengths; parts of speech of a `Sentence` come along.
    probabilities : n (T, L) arrays, optional
        What `ner_lime.taggers.answers.ask` has answered to the same sentences, to spare a second call.

    Returns
    -------
    list of n lists of T labels

    Raises
    ------
    TaggerError
        The tagger failed, or did not answer one label a token.
    InputError
        A sentence is no list of strings.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> tagger = TriggerTagger([Trigger.all_of("B-PER", 0.9, "Anna", at=0)])
    >>> decode(tagger, [["Anna", "sings"]])
    [['B-PER', 'O']]
    """
    given = None if probabilities is None else iter(probabilities)
    found: list[list[str]] = []
    for batch in _batches(_words(tagger, sentence) for sentence in sentences):
        if isinstance(tagger, SupportsDecoding):
            found += _predicted(tagger, batch)
        else:
            answers = ask(tagger, batch) if given is None else list(islice(given, len(batch)))
            labels = tagger.labels
            found += [[labels[column] for column in answer.argmax(axis=1)] for answer in answers]
    return found


def score(tagger: Tagger, sentences: Iterable[Sentence]) -> Scores:
    """Compare what a tagger predicts with the tags of a corpus.

    Parameters
    ----------
    tagger : Tagger
    sentences : Corpus or iterable of Sentence
        Each with tags.

    Returns
    -------
    Scores
        Precision, recall and F1 of labels and entities.

    Raises
    ------
    InputError
        A sentence without tags.
    TaggerError
        See `decode`.

    Examples
    --------
    >>> from ner_lime.testing import Trigger, TriggerTagger
    >>> tagger = TriggerTagger([Trigger.all_of("B-PER", 0.9, "Anna", at=0)])
    >>> score(tagger, [Sentence(("Anna", "met", "Ben"), ("B-PER", "O", "B-PER"))]).recall
    0.5
    """
    gold: list[list[str]] = []

    def untagged() -> Iterator[Sentence]:
        for sentence in sentences:
            gold.append(tags_of(sentence))
            yield sentence

    predicted = decode(tagger, untagged())
    scheme = getattr(tagger, "scheme", None) or getattr(sentences, "scheme", None)
    return score_tags(gold, predicted, scheme=scheme)


def _words(tagger: Tagger, sentence: Tokens | Sentence) -> Tokens:
    return tagger_tokens(tagger, sentence) if isinstance(sentence, Sentence) else words_of(sentence)


def _batches(sentences: Iterable[Tokens]) -> Iterator[list[Tokens]]:
    left = iter(sentences)
    while batch := list(islice(left, SENTENCES_PER_CALL)):
        yield batch


def _predicted(tagger: SupportsDecoding, sentences: Sequence[Tokens]) -> list[list[str]]:
    """The tagger's own label sequences, checked: one label a token."""
    try:
        found = [[str(label) for label in labels] for labels in tagger.predict(sentences)]
    except NerLimeError:
        raise
    except Exception as error:
        raise TaggerError(f"the tagger failed on {len(sentences)} sentences: {in_one_line(error)}") from error
    lengths, expected = [len(labels) for labels in found], [len(sentence) for sentence in sentences]
    if lengths != expected:
        wrong = next((n for n, (a, b) in enumerate(zip(lengths, expected, strict=False)) if a != b), len(found))
        raise TaggerError(
            f"expected one label for each token of {len(expected)} sentences, found label sequences for {len(found)}, "
            f"the first that differs in length at sentence {wrong}"
        )
    return found
