"""What an explanation is: plain data, for all words and labels of one sentence.

`Explanation` holds the arrays; `TokenExplanation` is one row of it; renderers in `ner_lime.render` turn either into
text, HTML, tables or pictures.
"""

from ner_lime.explanation.contributions import Contribution, EntityExplanation, Interaction, component_text
from ner_lime.explanation.probe import Probe
from ner_lime.explanation.quality import Fidelity, Settings
from ner_lime.explanation.sentence import Explanation, out_of_range
from ner_lime.explanation.token import TokenExplanation

__all__ = [
    "Contribution",
    "EntityExplanation",
    "Explanation",
    "Fidelity",
    "Interaction",
    "Probe",
    "Settings",
    "TokenExplanation",
    "component_text",
    "out_of_range",
]
