"""CRFs that come with a package, by the package's name: taken over with their weights, features and tokenizer.

Parsers made with parserator (usaddress, probablepeople) are modules with ``tokenize(text)``,
``tokens2features(tokens)`` and a CRFsuite file beside them. underthesea segments Vietnamese words with a CRF.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Self, TypeAlias

from ner_lime.corpus.tokenizer import Offsets, tokenize
from ner_lime.crf import CRFTagger
from ner_lime.errors import InputError, MissingExtraError, TaggerError, UnsupportedTaggerError

Variant: TypeAlias = Literal["generic", "person", "company"]

EXTRAS = {"usaddress": "parsers", "probablepeople": "parsers", "underthesea": "underthesea"}
"""The extra that installs each package."""


class PackagedCRFTagger(CRFTagger):
    """A `CRFTagger` with the tokenizer of the package that it comes from. Follows `SupportsText`.

    Examples
    --------
    >>> PackagedCRFTagger(window=1).tokenize("12 Main St.")[0]
    ('12', 'Main', 'St.')
    """

    _cut: Callable[[str], Sequence[str]] | None = None

    @classmethod
    def of_package(
        cls, model: Path, *, features: Callable[..., Any], tokenizer: Callable[[str], Sequence[str]]
    ) -> Self:
        """Read a CRFsuite file with the features and the tokenizer that belong to it.

        Raises
        ------
        ModelFileError, InputError
            The file can't be read; the feature function fails.
        """
        tagger = cls.from_crfsuite(model, features=features)
        tagger._cut = tokenizer
        return tagger

    def tokenize(self, text: str, /) -> tuple[tuple[str, ...], Offsets]:
        """Cut a text as the package does; its tokens, and where they stand."""
        return tokenize(text) if self._cut is None else located(text, self._cut(text))


def from_name(name: str, *, variant: Variant = "generic") -> PackagedCRFTagger:
    """Take over the CRF of an installed package.

    Parameters
    ----------
    name : "usaddress", "probablepeople" or "underthesea"
    variant : "generic", "person" or "company"
        Which of the models of probablepeople.

    Raises
    ------
    MissingExtraError
        The package is not installed.
    InputError
        A variant of another package.
    """
    try:
        module = import_module(name)
    except ImportError as error:
        raise MissingExtraError(name, EXTRAS[name]) from error
    return _word_segmenter(variant) if name == "underthesea" else from_module(module, variant=variant)


def from_module(module: ModuleType, *, variant: Variant = "generic") -> PackagedCRFTagger:
    """Take over a parser that was made with parserator, as its imported module.

    Raises
    ------
    UnsupportedTaggerError
        The module names no model file.
    InputError
        It has no such variant.
    """
    files: dict[str, str] = getattr(module, "MODEL_FILES", {})
    if not files and isinstance(getattr(module, "MODEL_FILE", None), str):
        files = {"generic": module.MODEL_FILE}
    if not files or not module.__file__:
        raise UnsupportedTaggerError(
            f"expected a parser made with parserator, with MODEL_FILE, found {module.__name__}"
        )
    if variant not in files:
        raise InputError(f"expected variant {' or '.join(map(repr, files))} of {module.__name__}, found {variant!r}")
    path = Path(module.__file__).parent / files[variant]
    return PackagedCRFTagger.of_package(path, features=module.tokens2features, tokenizer=module.tokenize)


def _word_segmenter(variant: str) -> PackagedCRFTagger:
    """The CRF behind ``underthesea.word_tokenize``: B-W begins a word, I-W goes on with it."""
    if variant != "generic":
        raise InputError(f"expected no variant of underthesea, found {variant!r}")
    package = import_module("underthesea.pipeline.word_tokenize")
    models = import_module("underthesea.models.fast_crf_sequence_tagger")
    cut = import_module("underthesea.pipeline.word_tokenize.regex_tokenize").tokenize
    folder = next(iter(sorted((Path(str(package.__file__)).parent / "models").glob("ws_crf_*"))), None)
    if folder is None:
        raise UnsupportedTaggerError("expected underthesea with a model for word segmentation, found none in it")
    model = models.FastCRFSequenceTagger()
    model.load(str(folder))

    def features(tokens: list[str]) -> list[list[str]]:
        found: list[list[str]] = model.featurizer.process([[[token] for token in tokens]])[0]
        return found

    return PackagedCRFTagger.of_package(folder / model.path_model, features=features, tokenizer=cut)


def located(text: str, tokens: Sequence[str]) -> tuple[tuple[str, ...], Offsets]:
    """Where tokens stand in the text that they were cut from, one after the other.

    Raises
    ------
    TaggerError
        A token that is not in the text.
    """
    offsets: list[tuple[int, int]] = []
    position = 0
    for token in tokens:
        start = text.find(token, position)
        if start < 0:
            raise TaggerError(f"expected tokens that stand in the text, found {token!r:.80} after character {position}")
        position = start + len(token)
        offsets.append((start, position))
    return tuple(tokens), tuple(offsets)
