"""What an explanation is: plain data.

`Explanation` holds the arrays for all words and labels of one sentence; `TokenExplanation` is one row of it, and
`EntityExplanation` a span as one target. Both are read through an `Attribution`, which knows parts and targets but not
what they are. Renderers in `ner_lime.render` turn any of them into text, HTML, tables or pictures.
"""

from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.contributions import Contribution, Interaction, component_text
from ner_lime.explanation.entity import EntityExplanation
from ner_lime.explanation.sentence import Explanation, out_of_range
from ner_lime.explanation.session import Session
from ner_lime.explanation.settings import Settings
from ner_lime.explanation.token import TokenExplanation
from ner_lime.lime.fidelity import Fidelity

__all__ = [
    "Attribution",
    "Contribution",
    "EntityExplanation",
    "Explanation",
    "Fidelity",
    "Interaction",
    "Session",
    "Settings",
    "TokenExplanation",
    "component_text",
    "out_of_range",
]
