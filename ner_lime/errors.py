"""Every error that ner-lime raises on purpose.

::

    NerLimeError
    ├── CorpusError (ValueError)          a corpus file that can't be read as asked; knows path and line
    ├── TagError (ValueError)             tags that break their scheme
    ├── ModelFileError (ValueError)       a saved model that is truncated, altered, newer or no model
    ├── NotFittedError (ValueError)       a tagger that was asked before it was trained
    ├── TaggerError (ValueError)          a tagger whose answer is no matrix of probabilities
    │   └── BudgetError (RuntimeError)    a service was about to be asked for more than was allowed
    ├── ClassifierError (ValueError)      a classifier whose answer is no matrix of values, or that failed
    ├── UnsupportedTaggerError (TypeError)  an object that can't be made a tagger
    ├── UnsupportedClassifierError (TypeError)  an object that can't be made a classifier of whole inputs
    ├── InputError (ValueError)           a sentence or an option that can't be explained
    │   ├── WordIndexError (IndexError)   a word index outside of the sentence
    │   ├── IntractableError              an exact answer that would take too much memory
    │   └── LabelError (KeyError)         a label that the tagger does not know
    ├── RunError (RuntimeError)           a corpus run that can't begin, go on or be read
    ├── DetachedError (RuntimeError)      an explanation read from a file was asked for what only the tagger knows
    └── MissingExtraError (ImportError)   an optional library that is not installed

A message is one line: what was expected, what was found, where, and how to mend it. Each class is also the built-in
that people already catch. There are two warnings: `LabelsOnlyWarning` (a tagger that gives no probabilities) and
`DecisionValuesWarning` (a classifier that gives decision values in their place).
"""

from __future__ import annotations

from pathlib import Path


class NerLimeError(Exception):
    """The root: catch it to catch everything that ner-lime raises on purpose."""


def in_one_line(error: BaseException) -> str:
    """What another library said: its kind of error, and its message on one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said:.300}" if said else type(error).__name__


def in_words(error: BaseException) -> str:
    """The message of our own errors, which says all; what another library said in one line."""
    return str(error) if isinstance(error, NerLimeError) else in_one_line(error)


class CorpusError(NerLimeError, ValueError):
    """A corpus file that can't be read as asked.

    Attributes
    ----------
    path : str
        The file, as it was named; ``<stream>`` where an open file without a name was read.
    line : int or None
        The line (from 1) where the fault is; None where it concerns the whole file.
    """

    def __init__(self, message: str, *, path: str | Path = "<stream>", line: int | None = None) -> None:
        self.path = str(path)
        self.line = line
        where = self.path if line is None else f"{self.path}:{line}"
        super().__init__(f"{where}: {message}")


class TagError(NerLimeError, ValueError):
    """Tags that break their scheme, or a scheme that does not exist."""


class ModelFileError(NerLimeError, ValueError):
    """A saved model that is truncated, altered, made by a newer version, or no model at all."""


class NotFittedError(NerLimeError, ValueError):
    """A tagger was asked for labels before it was trained."""


class TaggerError(NerLimeError, ValueError):
    """A tagger's answer is no matrix of probabilities (shape, finite, in [0, 1], rows sum to 1), or it failed."""


class BudgetError(TaggerError, RuntimeError):
    """The next request to a service would exceed its budget of calls or tokens; what was answered is in the cache."""


class UnsupportedTaggerError(NerLimeError, TypeError):
    """An object that can't be made a tagger; the message lists what is accepted."""


class ClassifierError(NerLimeError, ValueError):
    """A classifier's answer is no matrix of finite values (of probabilities, where it gives such), or it failed."""


class UnsupportedClassifierError(NerLimeError, TypeError):
    """An object that can't be made a classifier; the message lists what is accepted."""


class InputError(NerLimeError, ValueError):
    """A sentence or an option that can't be explained."""


class WordIndexError(InputError, IndexError):
    """A word index outside of the sentence; the message lists the words with their indices."""


class IntractableError(InputError):
    """An exact answer that would take too much memory; the message says what to ask for instead."""


class LabelError(InputError, KeyError):
    """A label that the tagger does not know; the message lists the known ones."""

    __str__ = Exception.__str__  # KeyError would show the message in quotes


class RunError(NerLimeError, RuntimeError):
    """A corpus run that can't begin, go on or be read: what changed, what is missing, or what stopped it."""


class DetachedError(NerLimeError, RuntimeError):
    """An explanation without its tagger (read from JSON, say) was asked for what only the tagger knows."""


class MissingExtraError(NerLimeError, ImportError):
    """An optional library is not installed; the message has the exact command that mends it."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(f"{library} is not installed; install it with: pip install 'ner-lime[{extra}]'")


class LabelsOnlyWarning(UserWarning):
    """A tagger gives labels without probabilities: explanations see only whether a label flips."""


class DecisionValuesWarning(UserWarning):
    """A classifier gives decision values without probabilities: explanations are of their softmax."""
