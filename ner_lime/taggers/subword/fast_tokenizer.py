"""A tokenizer of the tokenizers library, from a tokenizer.json, as a `Vocabulary`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ner_lime.taggers.subword.text_encoding import TextEncoding
from ner_lime.taggers.subword.vocabulary import Vocabulary, probe_tokenizer

DEFAULT_SPECIAL_TOKENS = {
    "mask_token": ("[MASK]", "<mask>"),
    "unk_token": ("[UNK]", "<unk>"),
    "pad_token": ("[PAD]", "<pad>"),
}
"""Special tokens of BERT's and RoBERTa's families, for tokenizers whose settings do not name theirs."""


def special_tokens(settings: object) -> dict[str, str]:
    """Those that a tokenizer_config.json names: as a string, or as an object with its content."""
    found = {name: getattr(settings, name, None) for name in DEFAULT_SPECIAL_TOKENS}
    texts = {name: token.get("content") if isinstance(token, dict) else token for name, token in found.items()}
    return {name: text for name, text in texts.items() if isinstance(text, str)}


def fast_vocabulary(tokenizer: Any, special_tokens: Mapping[str, str]) -> Vocabulary:
    """The vocabulary of a ``tokenizers.Tokenizer``, without its own padding and truncation."""
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def encode(texts: list[str]) -> list[list[int]]:
        return [found.ids for found in tokenizer.encode_batch(texts, add_special_tokens=False)]

    def encode_text(texts: list[str]) -> list[TextEncoding]:
        found = tokenizer.encode_batch(texts, add_special_tokens=False)
        return [TextEncoding(one.ids, one.offsets, one.word_ids) for one in found]

    def special(role: str) -> tuple[str, int] | None:
        names = (special_tokens[role],) if role in special_tokens else DEFAULT_SPECIAL_TOKENS[role]
        numbers = [(name, tokenizer.token_to_id(name)) for name in names]
        return next(((name, number) for name, number in numbers if number is not None), None)

    mask, padding = special("mask_token"), special("pad_token")
    unknown = special("unk_token") or mask or padding
    of_no_text = [number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special]
    before, after, spaced = probe_tokenizer(
        encode, lambda text: tokenizer.encode(text).ids, tokenizer.get_vocab, of_no_text
    )
    return Vocabulary(
        encode=encode,
        prefix=before,
        suffix=after,
        unknown=unknown[1] if unknown else 0,
        padding=padding[1] if padding else 0,
        mask=mask,
        spaced=spaced,
        encode_text=encode_text,
    )
