"""Why a text has its class."""

from __future__ import annotations

from dataclasses import dataclass

from ner_lime.explanation.contributions import Contribution
from ner_lime.explanation.whole import WholeExplanation


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DocumentExplanation(WholeExplanation):
    """Why a text has its class: the parts of the attribution are its words.

    Attributes
    ----------
    text : str
        As it was given.
    offsets : W pairs
        ``text[start:end]`` is a word.

    Examples
    --------
    >>> model = nl.as_classifier(lambda texts: [[0.9, 0.1] if "cash" in t else [0.2, 0.8] for t in texts],
    ...                          classes=["spam", "ham"])
    >>> e = nl.TextExplainer(model).explain("free cash now")
    >>> e.label, [round(c.weight, 3) for c in e.contributions("spam", num_features=1)], e.contributions()[0].name
    ('spam', [0.7], 'cash')
    """

    text: str
    offsets: tuple[tuple[int, int], ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The W words."""
        return self.attribution.parts

    @property
    def data(self) -> str:
        """The text."""
        return self.text

    def name_of(self, contribution: Contribution) -> str:
        """The word, with its number where it stands in several places; a group's own stretch of the text."""
        words = {self.words[part] for part in contribution.indices}
        if len(contribution.indices) > 1 and len(words) == 1:
            return f"{words.pop()} ×{len(contribution.indices)}"
        first, last = contribution.indices[0], contribution.indices[-1]
        if last - first + 1 == len(contribution.indices) > 1:
            return " ".join(self.text[self.offsets[first][0] : self.offsets[last][1]].split())
        return contribution.name
