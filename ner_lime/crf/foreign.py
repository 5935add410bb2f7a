"""CRFs made elsewhere: the bytes of their model, and their feature functions.

Which form of sentence a feature function wants, and how far it sees, it does not declare, so both are found by trying.
A probe can refute that a function is local and can't prove it; it tries words of many shapes and sentences of one
repeated word, which is what features usually look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ner_lime.crf.attributes import attributes
from ner_lime.crf.features import MAX_WINDOW, FeatureFunction, Features, PosToken, WindowFeatures, word2features
from ner_lime.crf.sentence_features import SentenceFeatures, takes_sentence
from ner_lime.errors import InputError, ModelFileError, NotFittedError, UnsupportedTaggerError
from ner_lime.types import Tokens

Row: TypeAlias = tuple[str, str, str]

PROBE = (
    *("Senior", "engineer", ",", "6+", "years", "of", "UI/UX", "design", "in", "Kraków", "2024"),
    *("and", "iPhone", "@home", "NASA", "12.5", "the", "Extraordinarily", "I", "(", "e-mail", "."),
)
"""Words of many shapes: what a probe builds its sentences from."""


def model_bytes(crf: Any) -> bytes:
    """Read the model of a fitted sklearn_crfsuite.CRF, or the model file at a path.

    Raises
    ------
    NotFittedError
        The CRF was not trained.
    ModelFileError
        There is no such file.
    UnsupportedTaggerError
        It is neither.
    """
    path = crf if isinstance(crf, (str, Path)) else None
    if hasattr(crf, "modelfile"):
        path = crf.modelfile.name
        if path is None:
            raise NotFittedError("expected a fitted sklearn_crfsuite.CRF, found one without a model: call fit first")
    if path is None:
        raise UnsupportedTaggerError(
            f"expected a fitted sklearn_crfsuite.CRF or the path of a CRFsuite model, found {type(crf).__name__}; "
            "a pycrfsuite.Tagger does not give its model back: pass the path that it was opened from"
        )
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path}: expected a CRFsuite model file: {error.strerror or error}") from error


class _Rows(Sequence[Row]):
    """A sentence seen as (word, part of speech, empty label) rows, made one at a time."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def __len__(self) -> int:
        return len(self._tokens)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [_row(token) for token in self._tokens[i]]
        return _row(self._tokens[i])

    def __iter__(self) -> Iterator[Row]:
        return map(_row, self._tokens)


def _row(token: str) -> Row:
    return str(token), token.postag if isinstance(token, PosToken) else "", ""


@dataclass(frozen=True, slots=True)
class RowFeatures:
    """A function of (word, part of speech, label) rows, as the tutorial's is, made a function of tokens.

    A token that is no `PosToken` has the empty part of speech, and the label is always empty.
    """

    function: Callable[[Sequence[Row], int], Features]

    def __call__(self, tokens: Tokens, i: int, /) -> Features:
        """Features of ``tokens[i]``."""
        return self.function(_Rows(tokens), i)


def as_feature_function(function: Callable[..., Any], *, read: Callable[[Any], object] = attributes) -> FeatureFunction:
    """Make a function of one token of whatever describes tokens or (word, part of speech, label) rows.

    A function that fails on rows is called with tokens. One that accepts rows and either fails on tokens, or sees only
    their first three characters (which it takes for the three columns), is called with rows. It is tried on words of
    many shapes, and may fail on some that its own tokenizer never makes.

    Parameters
    ----------
    function : callable
        ``(tokens, i) -> features``, ``(rows, i) -> features``, or ``tokens -> list of features`` of all tokens, or of
        rows.
    read : callable
        What the model sees in one token's features, as something that can be compared.

    Raises
    ------
    InputError
        It fails on both.
    """
    if function is word2features:
        return WindowFeatures()
    if isinstance(function, (WindowFeatures, RowFeatures, SentenceFeatures)):
        return function
    of_tokens: FeatureFunction
    of_rows: FeatureFunction
    if takes_sentence(function):
        of_tokens, of_rows = SentenceFeatures(function), SentenceFeatures(function, _Rows)
    else:
        of_tokens, of_rows = function, RowFeatures(function)
    words = usable_words(of_rows, read)
    if not words:
        if not usable_words(of_tokens, read):
            on_tokens, on_rows = (_outcome(one, PROBE, read) for one in (of_tokens, of_rows))
            assert isinstance(on_tokens, Exception)
            assert isinstance(on_rows, Exception)
            raise InputError(
                "expected a feature function (tokens, i) -> features, or tokens -> list of features; it failed on a "
                f"list of words ({_short(on_tokens)}) and on (word, postag, label) rows ({_short(on_rows)})"
            ) from on_tokens
        return of_tokens
    short = [word[:3].ljust(3, "x") for word in words]
    on_short, on_long = (_outcome(of_tokens, probe, read) for probe in (short, [word + "yz" for word in short]))
    failed = isinstance(on_short, Exception) or isinstance(on_long, Exception)
    return of_rows if failed or on_short == on_long else of_tokens


def usable_words(function: FeatureFunction, read: Callable[[Any], object] = attributes) -> tuple[str, ...]:
    """The words of `PROBE` that a feature function does not fail on: all, or those that it takes alone and together."""
    if not isinstance(_outcome(function, PROBE, read), Exception):
        return PROBE
    words = tuple(word for word in PROBE if not isinstance(_outcome(function, [word], read), Exception))
    return () if not words or isinstance(_outcome(function, words, read), Exception) else words


def _outcome(function: FeatureFunction, tokens: Tokens, read: Callable[[Any], object]) -> list[object] | Exception:
    try:
        return [read(function(tokens, i)) for i in range(len(tokens))]
    except (ArithmeticError, AssertionError, AttributeError, TypeError, LookupError, ValueError, InputError) as error:
        return error.with_traceback(None)  # a kept traceback would keep the caller's variables alive


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def window_of(function: FeatureFunction) -> int | None:
    """Return how far a feature function sees: what it declares as ``.window``, else what `find_window` finds.

    None where that is more than `MAX_WINDOW` tokens.
    """
    declared = getattr(function, "window", None)
    if isinstance(declared, int):
        return declared if 0 <= declared <= MAX_WINDOW else None
    return find_window(function)


def find_window(
    function: FeatureFunction, tokens: Tokens = PROBE, *, max_window: int = MAX_WINDOW, random_state: int = 0
) -> int | None:
    """Find the smallest w such that token i's features read tokens i - w .. i + w only.

    A masking of the sentence, or one word repeated, is spliced with another masking: one inside of the window, the
    other outside. Where the features of every position equal those of the first exactly, the window holds.

    Parameters
    ----------
    function : callable
        ``(tokens, i) -> features``.
    tokens : sequence of str
        The sentence to probe on: its first tokens, and words of many shapes where they are few.
    max_window : int
        The widest window tried.
    random_state : int
        Seed of the maskings.

    Returns
    -------
    int or None
        None where no window up to `max_window` holds: the features see the whole sentence, or differ from call to call.

    Raises
    ------
    InputError
        The function failed.
    """
    rng = np.random.default_rng(random_state)
    usable = usable_words(function) or PROBE
    words = list(usable if tokens == PROBE else tokens[: len(PROBE)])
    words += usable[: max(0, 4 * max_window - len(words))]
    monotonous = [[word] * len(words) for word in usable]
    window = 0
    try:
        for inside in [*monotonous, *(_masking(words, usable, rng) for _ in PROBE)]:
            outside = _masking(words, usable, rng)
            for i in range(len(words)):
                wanted = function(inside, i)
                while function(_splice(inside, outside, i, window), i) != wanted:
                    window += 1
                    if window > max_window:
                        return None
    except Exception as error:
        raise InputError(f"the feature function failed on {words!r}: {_short(error)}") from error
    return window


def _masking(words: Sequence[str], others: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Keep half of the words and draw the others."""
    pool = [*words, *others]
    drawn = rng.integers(len(pool), size=len(words))
    kept = rng.random(len(words)) < 0.5
    return [word if keep else pool[k] for word, keep, k in zip(words, kept, drawn, strict=True)]


def _splice(inside: list[str], outside: list[str], i: int, window: int) -> list[str]:
    start, end = max(0, i - window), i + window + 1
    return [*outside[:start], *inside[start:end], *outside[end:]]


def fingerprint(function: FeatureFunction) -> str:
    """Digest of what a function says of a fixed sentence: tells two functions apart without storing code.

    Raises
    ------
    InputError
        The function failed.
    """
    try:
        words = usable_words(function) or PROBE
        seen = [sorted(attributes(function(words, i))) for i in range(len(words))]
    except Exception as error:
        raise InputError(f"the feature function failed on {list(PROBE)!r}: {_short(error)}") from error
    return sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()
