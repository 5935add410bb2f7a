"""What a CRF sees of a token: the features of the sklearn-crfsuite tutorial, for a window of any width up to three.

A feature function is any callable ``(tokens, i) -> features of token i``. `WindowFeatures` is ours: it declares how far
it sees and can be stored as JSON. Part-of-speech tags travel with the tokens as `PosToken`, so whatever replaces a
token replaces its part of speech too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeAlias

from ner_lime.errors import InputError
from ner_lime.types import Tokens

Features: TypeAlias = dict[str, Any] | Collection[str]
"""What python-crfsuite takes for one token: a dict of names to numbers, strings or nested features, or bare names."""

MAX_WINDOW = 3
"""Maximum window (tokens on each side): a token under all masks has 2^(2w+1) patterns."""


class FeatureFunction(Protocol):
    """A callable that describes the token at a position."""

    def __call__(self, tokens: Tokens, i: int, /) -> Features:
        """Features of ``tokens[i]``, in any form that python-crfsuite takes."""
        ...


class PosToken(str):
    """A token that knows its part of speech; in every other respect it is its string.

    Examples
    --------
    >>> token = PosToken("years", "NNS")
    >>> token == "years", token.postag
    (True, 'NNS')
    """

    __slots__ = ("postag",)
    postag: str

    def __new__(cls, token: str, postag: str) -> PosToken:
        """Attach a part of speech to a token."""
        self = super().__new__(cls, token)
        self.postag = postag
        return self

    def __reduce__(self) -> tuple[type[PosToken], tuple[str, str]]:
        """Let a copy, and a worker process, keep the part of speech."""
        return PosToken, (str(self), self.postag)


def with_postags(tokens: Tokens, postags: Sequence[str]) -> list[PosToken]:
    """Tokens that carry their parts of speech.

    Parameters
    ----------
    tokens : sequence of str
        The T tokens.
    postags : sequence of str
        The T parts of speech.

    Raises
    ------
    InputError
        The two differ in length.
    """
    if len(tokens) != len(postags):
        raise InputError(f"expected one part of speech a token, found {len(postags)} for {len(tokens)} tokens")
    return [PosToken(token, postag) for token, postag in zip(tokens, postags, strict=True)]


def word2features(tokens: Tokens, i: int, *, window: int = 1, postags: bool = False) -> dict[str, Any]:
    """Features of one token, named as in the sklearn-crfsuite tutorial.

    Parameters
    ----------
    tokens : sequence of str
        The sentence.
    i : int
        The token's index, from 0.
    window : int
        Neighbours that are read on each side.
    postags : bool
        Read the part of speech of every `PosToken`; a token without one gets no such feature.

    Returns
    -------
    dict
        Names to 1.0, a bool or a string. ``BOS`` and ``EOS`` depend on the position alone.
    """
    word = tokens[i]
    features: dict[str, Any] = {
        "bias": 1.0,
        "word.lower()": word.lower(),
        "word[-3:]": word[-3:],
        "word[-2:]": word[-2:],
        "word.isupper()": word.isupper(),
        "word.istitle()": word.istitle(),
        "word.isdigit()": word.isdigit(),
    }
    if postags and isinstance(word, PosToken):
        features["postag"] = word.postag
        features["postag[:2]"] = word.postag[:2]
    last = len(tokens) - 1
    for offset in range(-window, window + 1):
        j = i + offset
        if not offset or not 0 <= j <= last:
            continue
        neighbour = tokens[j]
        prefix = f"{offset:+d}:"
        features[prefix + "word.lower()"] = neighbour.lower()
        features[prefix + "word.istitle()"] = neighbour.istitle()
        features[prefix + "word.isupper()"] = neighbour.isupper()
        if postags and isinstance(neighbour, PosToken):
            features[prefix + "postag"] = neighbour.postag
            features[prefix + "postag[:2]"] = neighbour.postag[:2]
    if i == 0:
        features["BOS"] = True
    if i == last:
        features["EOS"] = True
    return features


@dataclass(frozen=True, slots=True)
class WindowFeatures:
    """The tutorial's features over a window: token i's features read tokens i - window .. i + window and no other.

    Attributes
    ----------
    window : int
        0 to 3 neighbours on each side.
    postags : bool
        Parts of speech are read too.

    Raises
    ------
    InputError
        `window` is outside of 0..3.

    Examples
    --------
    >>> features = WindowFeatures(window=1)
    >>> features(["6+", "years"], 0)["+1:word.lower()"]
    'years'
    """

    window: int = 1
    postags: bool = False

    def __post_init__(self) -> None:
        """Refuse a window that no engine could enumerate."""
        if isinstance(self.window, bool) or not isinstance(self.window, int) or not 0 <= self.window <= MAX_WINDOW:
            raise InputError(f"expected a window of 0 to {MAX_WINDOW} tokens, found {self.window!r}")

    def __call__(self, tokens: Tokens, i: int, /) -> dict[str, Any]:
        """Features of ``tokens[i]``: see `word2features`."""
        return word2features(tokens, i, window=self.window, postags=self.postags)

    def to_dict(self) -> dict[str, int | bool]:
        """Plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> WindowFeatures:
        """Undo `to_dict`.

        Raises
        ------
        InputError
            A key is missing, unknown or of the wrong type.
        """
        if set(data) != {"window", "postags"} or not isinstance(data["postags"], bool):
            raise InputError(f"expected features with a window and postags, found {dict(data)!r}")
        return cls(window=data["window"], postags=data["postags"])
