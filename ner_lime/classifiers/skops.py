"""scikit-learn models in skops files, which run no code when they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ner_lime.classifiers.classifier import Classifier, Kind
from ner_lime.classifiers.sklearn import from_sklearn
from ner_lime.errors import MissingExtraError, ModelFileError, in_one_line


def from_skops(path: str | Path, *, classes: Sequence[str] | None = None, input: Kind = "text") -> Classifier:
    """A classifier of a ``.skops`` file.

    Raises
    ------
    ModelFileError
        It can't be read, or has types that skops does not trust; the message names them.
    MissingExtraError
        skops is not installed.
    """
    try:
        from skops import io
    except ImportError as error:
        raise MissingExtraError("skops", "skops") from error
    try:
        untrusted = io.get_untrusted_types(file=path)
        if untrusted:
            raise ModelFileError(f"{path}: expected types that skops trusts, found {', '.join(untrusted):.200}")
        model = io.load(path, trusted=[])
    except ModelFileError:
        raise
    except Exception as error:
        raise ModelFileError(f"{path}: expected a skops file: {in_one_line(error)}") from error
    return from_sklearn(model, classes=classes, input=input)
