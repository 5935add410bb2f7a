"""Character offsets to tags: spans of a text are aligned to its tokens, and what does not fit is named."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ner_lime.corpus.formats.events import Event, Note, OnError
from ner_lime.corpus.schemes import LabelScheme, Span
from ner_lime.corpus.sentence import Sentence
from ner_lime.corpus.tokenizer import Offsets, Tokenizer, cut, tokenize
from ner_lime.errors import CorpusError

_MAX_SHOWN = 40


@dataclass(frozen=True, slots=True)
class TextSpan:
    """An entity by its characters: ``text[start:end]``, its type, and the text that the file says it has, if any."""

    start: int
    end: int
    type: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class AnnotatedText:
    """A text with its entities, as a file has it.

    Attributes
    ----------
    text : str
        The text.
    spans : tuple of TextSpan or None
        Its entities; None if the text is not annotated.
    where : tuple of (str, int or None)
        Path and line, for messages.
    offsets : tuple of (int, int) or None
        The tokens, where the file has them; else the text is tokenized.
    document : int or None
        Index of the document.
    postags : tuple of str or None
        Parts of speech of the tokens that the file has.
    origin : int
        Where the text begins in the document in which the spans' characters are counted.
    """

    text: str
    spans: tuple[TextSpan, ...] | None
    where: tuple[str, int | None]
    offsets: Offsets | None = None
    document: int | None = None
    postags: tuple[str, ...] | None = None
    origin: int = 0


@dataclass(frozen=True, slots=True)
class Alignment:
    """How annotated texts become sentences.

    Attributes
    ----------
    scheme : LabelScheme
        The scheme in which tags are written.
    tokenizer : callable or None
        How a text is tokenized; `ner_lime.tokenize` by default.
    on_error : {"raise", "skip", "repair"}
        "repair" widens a span that cuts a token to the whole token, and keeps the longest of spans that overlap.
    """

    scheme: LabelScheme
    tokenizer: Tokenizer | None = None
    on_error: OnError = "raise"

    def sentence(self, annotated: AnnotatedText) -> Iterator[Event]:
        """Yield the sentence of an annotated text, or its error; and a note for each span that was mended."""
        path, line = annotated.where
        tokens, offsets = self._tokens(annotated)
        if not tokens:
            return
        if offsets is None:
            message = f"expected tokens that occur in the text, found {tokens[0]!r}, ...: the tokenizer rewrites them"
            yield CorpusError(message, path=path, line=line)
            return
        tags = None
        if annotated.spans is not None:
            spans, faults = _aligned(annotated, offsets)
            chosen, overlaps = _without_overlap(spans, tokens)
            faults += overlaps
            if faults and self.on_error != "repair":
                yield CorpusError(faults[0], path=path, line=line)
                return
            place = path if line is None else f"{path}:{line}"
            yield from (Note(f"{place}: {fault}; mended") for fault in faults)
            tags = self.scheme.tags(chosen, len(tokens))
        yield Sentence(
            tokens, tags, annotated.document, text=annotated.text, offsets=offsets, postags=annotated.postags
        )

    def _tokens(self, annotated: AnnotatedText) -> tuple[tuple[str, ...], Offsets | None]:
        if annotated.offsets is not None:
            return tuple(annotated.text[start:end] for start, end in annotated.offsets), annotated.offsets
        return tokenize(annotated.text) if self.tokenizer is None else cut(annotated.text, self.tokenizer)


def _aligned(annotated: AnnotatedText, offsets: Offsets) -> tuple[list[Span], list[str]]:
    """The spans by their tokens, widened to whole ones, and what does not fit."""
    text = annotated.text
    starts, ends = [start for start, _ in offsets], [end for _, end in offsets]
    found: list[Span] = []
    faults: list[str] = []
    for span in annotated.spans or ():
        first_character, last_character = _in_characters(text, span, annotated.origin)
        start, end = _trimmed(text, first_character, last_character)
        shown = f"{span.type} {_quoted(text[start:end])} at {span.start}..{span.end}"
        if not first_character >= 0 or end > len(text) or start >= end:
            faults.append(f"expected a span within the text's {len(text)} characters, found {shown}")
            continue
        if span.text is not None and "".join(span.text.split()) != "".join(text[start:end].split()):
            faults.append(
                f"expected {_quoted(span.text)} at {span.start}..{span.end}, found {_quoted(text[start:end])}"
            )
            continue
        first, last = bisect_right(ends, start), bisect_left(starts, end)
        if first >= last:
            faults.append(f"expected a span with a token, found {shown}")
            continue
        if starts[first] != start or ends[last - 1] != end:
            tokens = _quoted(text[starts[first] : ends[last - 1]])
            faults.append(f"expected a span of whole tokens, found {shown}, which cuts {tokens}")
        found.append(Span(first, last, span.type))
    return found, faults


def _without_overlap(spans: Sequence[Span], tokens: Sequence[str]) -> tuple[list[Span], list[str]]:
    """The longest of the spans that overlap, in order, and a message for each one that is left out."""
    chosen: list[Span] = []
    faults: list[str] = []
    for span in sorted(set(spans), key=lambda span: (span.start - span.end, span)):
        rival = next((other for other in chosen if span.start < other.end and other.start < span.end), None)
        if rival is None:
            chosen.append(span)
            continue
        names = [f"{one.type} {_quoted(' '.join(tokens[one.start : one.end]))}" for one in (rival, span)]
        faults.append(f"expected entities that do not overlap, found {' and '.join(names)}")
    return sorted(chosen), faults


def _in_characters(text: str, span: TextSpan, origin: int) -> tuple[int, int]:
    """Start and end in characters: tools written in JavaScript count UTF-16 units, which the span's own text tells."""
    first, last = span.start - origin, span.end - origin
    if first < 0 or span.text is None or text[first:last] == span.text or max(text, default="") <= "\uffff":
        return first, last
    encoded = text.encode("utf-16-le", "surrogatepass")
    start, end = (len(encoded[: 2 * at].decode("utf-16-le", "replace")) for at in (first, last))
    return (start, end) if text[start:end] == span.text else (first, last)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the white space at both ends, which belongs to no token."""
    inner = text[max(start, 0) : end]
    stripped = inner.strip()
    if not stripped:
        return start, start
    start += len(inner) - len(inner.lstrip())
    return start, start + len(stripped) if end <= len(text) else end


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}...")
