"""The bridge to eli5, and to every other explainer of text classifiers (lime, shap).

A tagger becomes a function of texts (`predict_function`); eli5's sampler and text explainer have counterparts that work
on the tagger's own tokens (`TokenMaskingSampler`, `TokenTextExplainer`); and explanations travel both ways (`to_eli5`,
`from_eli5`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ner_lime.eli5.convert import to_eli5
    from ner_lime.eli5.explainer import TokenTextExplainer
    from ner_lime.eli5.predict import PredictFunction, predict_function
    from ner_lime.eli5.reading import from_eli5
    from ner_lime.eli5.sampler import TokenMaskingSampler
    from ner_lime.eli5.texts import MaskedText

# Names are imported when they are first used: `predict_function` serves lime and shap too, and needs no eli5.
_HOME = {
    "MaskedText": "texts",
    "PredictFunction": "predict",
    "TokenMaskingSampler": "sampler",
    "TokenTextExplainer": "explainer",
    "from_eli5": "reading",
    "predict_function": "predict",
    "to_eli5": "convert",
}

__all__ = [
    "MaskedText",
    "PredictFunction",
    "TokenMaskingSampler",
    "TokenTextExplainer",
    "from_eli5",
    "predict_function",
    "to_eli5",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
