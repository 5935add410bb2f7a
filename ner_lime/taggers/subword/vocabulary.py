"""A tokenizer as far as a tagger needs it: subword ids of words, and the special ids around a sentence.

A sentence is `prefix + subwords + suffix`. Where the text is known it is encoded as a whole, as the model's own
pipeline does it. A list of tokens is encoded word by word: a batch of masked sentences needs its few distinct words
encoded once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ner_lime.errors import UnsupportedTaggerError
from ner_lime.taggers.subword.text_encoding import EncodedSentence, EncodeText, aligned
from ner_lime.taggers.text import text_of
from ner_lime.types import Tokens

Encode: TypeAlias = Callable[[list[str]], Sequence[Sequence[int]]]
"""Texts in, their subword ids out, without the special ones around a sentence."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer, as far as a tagger needs it.

    Attributes
    ----------
    encode : Encode
    prefix, suffix : ids around every sequence ([CLS] and [SEP], say).
    unknown : the id of a word that the tokenizer makes nothing of (control or zero-width characters alone).
    padding : any id; it is never attended to.
    mask : the mask token as text and id, or None.
    spaced : a word that is not the first is encoded with a space before it (byte-level tokenizers, where the space
        belongs to the subword), where the text is not known.
    encode_text : EncodeText or None
        Encodes whole texts with offsets; None where the tokenizer has none.

    Examples
    --------
    >>> letters = Vocabulary(lambda texts: [[ord(c) for c in text] for text in texts], (1,), (2,), 0, 0, None, False)
    >>> letters.words([["ab", "c"]])
    [[(97, 98), (99,)]]
    """

    encode: Encode
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    unknown: int
    padding: int
    mask: tuple[str, int] | None
    spaced: bool
    encode_text: EncodeText | None = None

    def sentences(self, sentences: Sequence[Tokens]) -> list[EncodedSentence]:
        """Encode sentences: as texts where their tokens know the text and it has a subword for each, else by words."""
        found: dict[int, EncodedSentence] = {}
        if self.encode_text is not None:
            texts = {n: known for n, tokens in enumerate(sentences) if tokens and (known := text_of(tokens))}
            encodings = self.encode_text([text for text, _ in texts.values()]) if texts else []
            for (number, (text, offsets)), encoding in zip(texts.items(), encodings, strict=True):
                sentence = aligned(text, offsets, encoding)
                if sentence is not None:
                    found[number] = sentence
        others = [number for number in range(len(sentences)) if number not in found]
        by_words = self.words([sentences[number] for number in others])
        found |= {number: EncodedSentence.of_words(words) for number, words in zip(others, by_words, strict=True)}
        return [found[number] for number in range(len(sentences))]

    def words(self, sentences: Sequence[Tokens]) -> list[list[tuple[int, ...]]]:
        """For each sentence the subword ids of each word, at least one a word."""
        texts = [
            [" " + word if self.spaced and place else str(word) for place, word in enumerate(sentence)]
            for sentence in sentences
        ]
        distinct = list(dict.fromkeys(text for sentence in texts for text in sentence))
        encoded = self.encode(distinct) if distinct else []
        known = {text: tuple(ids) or (self.unknown,) for text, ids in zip(distinct, encoded, strict=True)}
        if self.mask is not None:
            text, number = self.mask
            known[text] = known[" " + text] = (number,)
        return [[known[text] for text in sentence] for sentence in texts]


def known_word(encode: Encode, vocabulary: Callable[[], Mapping[str, int]], special: Collection[int]) -> str:
    """A word of which a tokenizer makes more than special ids: one to try it with.

    Raises
    ------
    UnsupportedTaggerError
        There is none.
    """

    def candidates() -> Iterator[str]:
        yield "a"
        yield from (word for _, word in sorted((number, word) for word, number in vocabulary().items()))

    for word in candidates():
        if set(encode([word])[0]).difference(special):
            return word
    raise UnsupportedTaggerError(
        "expected a tokenizer that knows words, found special tokens only: is a file of it missing, such as "
        "tokenizer.json?"
    )


def is_spaced(encode: Encode, word: str = "a") -> bool:
    """Whether a space belongs to the subword after it, and must be put there: seen from what "a a" becomes."""
    pair, alone, spaced = (list(ids) for ids in encode([f"{word} {word}", word, f" {word}"]))
    return pair != alone + alone and pair == alone + spaced


def frame(alone: Sequence[int], framed: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What stands before and after a text's own ids, from its ids without and with special ones.

    Raises
    ------
    UnsupportedTaggerError
        The text's own ids are not among them.
    """
    for start in range(len(framed) - len(alone) + 1):
        if list(framed[start : start + len(alone)]) == list(alone):
            return tuple(framed[:start]), tuple(framed[start + len(alone) :])
    raise UnsupportedTaggerError(
        f"expected a tokenizer that puts special tokens around a text, found {list(alone)} without and {list(framed)} "
        "with them"
    )


def probe_tokenizer(
    encode: Encode,
    framed: Callable[[str], Sequence[int]],
    vocabulary: Callable[[], Mapping[str, int]],
    special: Collection[int],
) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """A tokenizer's prefix, suffix and whether it is spaced (see `Vocabulary`), from a word that it knows.

    Parameters
    ----------
    encode : Encode
    framed : the ids of a text with the special ones around it.
    vocabulary : gives the id of each subword; only asked where the tokenizer does not know Latin letters.
    special : ids that stand for no text.

    Raises
    ------
    UnsupportedTaggerError
        It knows no word, or changes a text's ids where it puts special ones around them.
    """
    word = known_word(encode, vocabulary, special)
    return *frame(encode([word])[0], framed(word)), is_spaced(encode, word)
