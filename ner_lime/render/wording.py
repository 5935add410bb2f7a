"""Plain words for how an explanation was made; the terms that a program would use stand beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ner_lime.explanation import Settings
from ner_lime.render.scale import short

LAWS = (
    (r"Bernoulli\(keep=([\d.]+)\)", "each word is kept with probability {}, whatever the others are"),
    (
        r"Cosine\(width=([\d.]+)\)",
        "any number of words is hidden; versions closer to the sentence count more, as in lime",
    ),
    (r"UniformCount\(max_replace=([\d.]+).*\)", "a share of up to {} of the words is hidden, as in eli5"),
    (r"all keep-rates alike|Shapley\(.*\)", "words are added one by one, in every order (Shapley values)"),
)
"""What the law of the masks does, by its name in code."""

MASKINGS = (
    (r"MaskString\('(.*)'\)", "a hidden word becomes “{}”, which tells the model as little as possible"),
    (r"MaskString\(text='(.*)'\)", "a hidden word becomes “{}”"),
    (r"Resample\(.*\)", "a hidden word becomes one drawn from a corpus"),
    (r"Delete\(.*\)", "a hidden word is deleted"),
    (r"AutoMask\(.*\)", "a hidden word becomes what tells the model as little as possible"),
)
"""What stands in place of a hidden word, by its name in code."""

DIAGNOSTICS = {
    "entity_probability_all_hidden": "with every word hidden the probability of an entity is {:.3g} on average",
    "o_to_entity_rate": "{:.0%} of the words labelled O turn into entities when they are hidden",
}
"""What the figures about the masking say; a mask that makes entities speaks itself."""


def how(settings: Settings) -> list[str]:
    """How the explanation was made, in clauses: what was hidden how, what was computed, and what it cost."""
    said = [_said(settings.neighbourhood, LAWS), _said(settings.masking, MASKINGS)]
    clauses = list(dict.fromkeys(said))  # both may be "not recorded"
    if settings.context_only:
        clauses.append("the explained word itself is always seen")
    if settings.engine == "sample":
        clauses.append(f"estimated from a sample ({settings.estimator})")
    elif settings.engine == "exact":
        clauses.append(f"computed without sampling ({settings.estimator})")
    else:
        clauses.append(f"read from {settings.engine} ({settings.estimator})")
    if settings.n_calls:
        clauses.append(f"{settings.n_calls:,} sentences were shown to the model")
    if settings.random_state is not None:
        clauses.append(f"seed {settings.random_state}")
    if settings.tolerance:
        clauses.append(f"within {settings.tolerance:.1g}")
    return clauses


def in_code(settings: Settings) -> str:
    """The same as code: method, law and masking, for whoever wants to do it again."""
    return f"{settings.method}, {settings.neighbourhood}, {settings.masking}"


def diagnostics(figures: Mapping[str, float]) -> list[str]:
    """What the figures about the masking say; those that are nothing are left out."""
    return [
        DIAGNOSTICS.get(name, f"{name.replace('_', ' ')} {{:.3g}}").format(value)
        for name, value in figures.items()
        if f"{value:.2f}" != "0.00"
    ]


def together(weight: float) -> str:
    """What the interaction of two components means."""
    if weight < 0:
        return f"{short(weight)} beyond what each adds by itself: one of them is nearly enough."
    return f"{short(weight)} beyond what each adds by itself: one needs the other."


def _said(code: str, patterns: tuple[tuple[str, str], ...]) -> str:
    for pattern, words in patterns:
        if found := re.fullmatch(pattern, code):
            return words.format(*found.groups())
    return code
