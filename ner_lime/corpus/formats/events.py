"""What a reader yields, in the order of the file: sentences, the errors of those at fault, and notes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ner_lime.corpus.corpus import Corpus
from ner_lime.corpus.labels import Scheme
from ner_lime.corpus.sentence import Sentence
from ner_lime.errors import CorpusError

OnError: TypeAlias = Literal["raise", "skip", "repair"]
"""At a fault: stop, leave out the sentence, or mend what can be mended and leave out the rest."""

_LOG = logging.getLogger("ner_lime")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a user should know about a file that could be read, with its place."""

    message: str


Event: TypeAlias = Sentence | CorpusError | Note


def collect(events: Iterable[Event], *, on_error: OnError, scheme: Scheme | None) -> Corpus:
    """Make a corpus of what a reader yields.

    Raises
    ------
    CorpusError
        The first error, if `on_error` is "raise".
    """
    sentences: list[Sentence] = []
    errors: list[CorpusError] = []
    notes: list[str] = []
    for event in events:
        if isinstance(event, Sentence):
            sentences.append(event)
        elif isinstance(event, Note):
            notes.append(event.message)
        elif on_error == "raise":
            raise event
        else:
            errors.append(event)
    return Corpus(tuple(sentences), scheme, tuple(errors), notes=tuple(notes))


def stream(events: Iterable[Event], *, on_error: OnError) -> Iterator[Sentence]:
    """Yield the sentences of a reader; errors are raised, or logged as warnings as notes are."""
    for event in events:
        if isinstance(event, Sentence):
            yield event
        elif isinstance(event, Note):
            _LOG.warning("%s", event.message)
        elif on_error == "raise":
            raise event
        else:
            _LOG.warning("%s; the sentence is left out", event)
