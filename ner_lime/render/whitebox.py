"""What a CRF adds up for a word, for a terminal."""

from __future__ import annotations

from typing import Unpack

from rich.text import Text

from ner_lime.corpus.labels import label_index
from ner_lime.errors import InputError
from ner_lime.explanation import TokenExplanation
from ner_lime.render.cells import Form, layout_for, printed
from ner_lime.render.lines import Weight, marked_sentence, signed, weights_table


def white_box_text(
    word: TokenExplanation,
    label: str | None = None,
    other: str | None = None,
    *,
    num_features: int | None = None,
    **form: Unpack[Form],
) -> str:
    """Show what a CRF adds up for a word, as log-odds of one label against another.

    Parameters
    ----------
    word : TokenExplanation
    label, other : str, optional
        By default the predicted label, and the most probable of the others.
    **form
        As `ner_lime.render.text.to_text` takes them.
    num_features : int, optional
        Number of features, the largest first; by default 12, without those that are zero to three decimals.

    Raises
    ------
    LabelError, InputError
        An unknown label, the same one twice, a width or number below its least.
    """
    box = word.explanation.white_box(word.word_index)
    label = word.label if label is None else label
    other = next(name for name in word.probabilities if name != label) if other is None else other
    own, rival = (float(box.probabilities[label_index(name, box.labels)]) for name in (label, other))
    if label == other:
        raise InputError(f"expected two labels to compare, found {label} twice")
    layout = layout_for(form, num_features)
    odds = box.log_odds(label, other)
    parts = [
        Weight("its own features", odds["word"]),
        Weight("the words before it", odds["left"]),
        Weight("the words after it", odds["right"]),
    ]
    features = [Weight(name, weight) for name, weight in box.feature_log_odds(label, other)]
    marked = range(word.word_index, word.word_index + 1)
    title = (
        f"{layout.shown(word.token)}: {layout.shown(label)} {own:.3f} rather than {layout.shown(other)} {rival:.3f}, "
        "in the model's own log-odds"
    )
    lines = [
        *marked_sentence(word.explanation, marked, [], layout),
        Text(),
        *layout.wrap(Text(title)),
        Text(),
        *weights_table(parts, [("all together", signed(odds["total"]), "")], layout, len(parts)),
        Text(),
        Text("Its own features"),
        *weights_table(features, [("all features", signed(odds["word"]), "")], layout, num_features),
    ]
    return printed(lines, color=form.get("color", False))
