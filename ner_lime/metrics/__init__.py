"""How good an explanation is: functions that ask the model again, and return plain data.

====================  ==================================================================
`fidelity_by_calls`   how much an explanation gains from more calls of the model
`stability`           how much it depends on the seed
====================  ==================================================================

`ner_lime.render.plot` draws what they return.
"""

from ner_lime.explanation.fidelity_curve import FidelityCurve
from ner_lime.explanation.stability import Stability
from ner_lime.metrics.fidelity import fidelity_by_calls
from ner_lime.metrics.stability import stability

__all__ = ["FidelityCurve", "Stability", "fidelity_by_calls", "stability"]
