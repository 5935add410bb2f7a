"""CRFsuite's trainer: features and tags in, the binary model out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_lime.crf.attributes import attributes
from ner_lime.errors import InputError

if TYPE_CHECKING:
    from ner_lime.crf.features import Features
    from ner_lime.types import Progress


def train(
    items: Iterable[Sequence[Features]],
    tags: Iterable[Sequence[str]],
    settings: Mapping[str, Any],
    *,
    progress: Progress | None = None,
) -> bytes:
    """Train a linear-chain CRF by L-BFGS.

    Parameters
    ----------
    items : iterable of sequences of features
        The features of every token of every sentence; consumed one sentence at a time.
    tags : iterable of sequences of str
        The tags of every token of every sentence.
    settings : mapping
        c1, c2, max_iterations, all_possible_transitions: passed to sklearn_crfsuite.CRF.
    progress : callable, optional
        Called with the iterations done and `max_iterations`; training may converge before.

    Returns
    -------
    bytes
        CRFsuite's model file.

    Raises
    ------
    InputError
        A feature that python-crfsuite would take and CRFsuite can't use (not a number, say), or a setting out of range.
    """
    for name, least in (("c1", 0), ("c2", 0), ("max_iterations", 1)):
        value = settings[name]
        if not isinstance(value, (int, float)) or not least <= value < inf:
            raise InputError(f"expected {name} to be a number >= {least}, found {value!r}")
    import pycrfsuite
    import sklearn_crfsuite

    total = int(settings["max_iterations"])
    reported = 0

    class Trainer(pycrfsuite.Trainer):  # type: ignore[misc]  # the library has no types
        """Reports each iteration and prints nothing."""

        def message(self, message: str) -> None:
            nonlocal reported
            if self.logparser.feed(message) == "iteration" and progress is not None:
                reported = self.logparser.last_iteration["num"]
                progress(reported, total)

    crf = sklearn_crfsuite.CRF(algorithm="lbfgs", trainer_cls=Trainer, **settings)
    try:
        crf.fit(map(_checked, items), tags)
    except UnicodeEncodeError as error:
        raise InputError(f"expected features and tags that are valid Unicode, found {error.object!r}") from error
    except pycrfsuite.CRFSuiteError as error:
        raise InputError(f"CRFsuite could not train on this data: {error}") from error
    if progress is not None and reported < total:
        progress(total, total)
    return Path(crf.modelfile.name).read_bytes()


def _checked(sentence: Sequence[Features]) -> Sequence[Features]:
    """Refuse what python-crfsuite would take in silence, such as a weight that is not a number."""
    for features in sentence:
        attributes(features)
    return sentence
