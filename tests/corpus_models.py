"""Models and feature functions that workers of a corpus run import by name: ``corpus_models:sampled``, say."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from ner_lime.testing import Trigger, TriggerTagger
from ner_lime.types import FloatArray, Tokens

TRIGGERS = (
    Trigger.all_of("B-PER", 0.5, "Mrs", at=1),
    Trigger.any_of("B-LOC", 0.3, "in", "at"),
    Trigger.all_of("B-PER", 0.1, "very", "much"),
)


def sampled() -> TriggerTagger:
    """A black box: sentences of more than nine words are sampled."""
    return TriggerTagger(TRIGGERS, base=0.05)


class Fragile(TriggerTagger):
    """Fails at some words: with an error, or with the end of its process."""

    def predict_proba(self, sentences: Sequence[Tokens]) -> list[FloatArray]:
        for sentence in sentences:
            if "bad" in sentence:
                raise ValueError("no such word\nin the model")
            if "deadly" in sentence:
                os.kill(os.getpid(), signal.SIGKILL)
            if "mended" in sentence and not os.path.exists(os.environ["MENDED"]):  # noqa: PTH110
                raise ValueError("not yet")
        return super().predict_proba(sentences)


def fragile() -> Fragile:
    return Fragile(TRIGGERS, base=0.05)


def chatty() -> TriggerTagger:
    print("loading the model ...", flush=True)
    return sampled()


def broken() -> TriggerTagger:
    raise RuntimeError("the weights are missing")


def dying() -> TriggerTagger:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError
