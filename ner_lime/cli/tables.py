"""The words of a long text as a list."""

from __future__ import annotations

from collections.abc import Sequence

from ner_lime.cli.output import Medium
from ner_lime.render.visible import visible


def list_text(tokens: Sequence[str], labels: Sequence[str], values: Sequence[float], medium: Medium) -> str:
    """List index, probability, label and token of every word, one a line; plain, since there may be very many."""
    of_index, of_label = len(str(len(tokens) - 1)), max(map(len, labels))
    return "".join(
        f"{index:>{of_index}}  {value:.3f}  {label:<{of_label}}  {visible(token, ascii_only=not medium.unicode)}\n"
        for index, (token, label, value) in enumerate(zip(tokens, labels, values, strict=True))
    )
