"""An explanation as tidy rows: one row a word, label and component; and from the rows CSV, Markdown and pandas.

The columns are those of R's lime, so that its plots and habits carry over, with the standard error and the word index
besides.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from ner_lime.errors import MissingExtraError
from ner_lime.explanation import EntityExplanation, Explanation, component_text
from ner_lime.explanation.attribution import Attribution
from ner_lime.explanation.joint import Joint
from ner_lime.explanation.targets import Target
from ner_lime.render.answer import Piece, answer, claim_of, claim_of_entity
from ner_lime.render.scale import HARDLY
from ner_lime.render.visible import visible

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "case",
    "label",
    "label_prob",
    "model_r2",
    "model_intercept",
    "model_prediction",
    "feature",
    "feature_value",
    "feature_weight",
    "std_error",
    "word_index",
)
TOLD = ["probability", "moved most by", "this explanation"]
_MARKDOWN = re.compile(r"[\\`*_~|$\[\]]")


def to_rows(explanation: Explanation) -> list[dict[str, Any]]:
    """P x L x C rows in the order of the arrays.

    Columns
    -------
    case : index of the explained word.
    label, label_prob : the label, and the tagger's probability of it on the sentence as it is.
    model_r2, model_intercept, model_prediction : fidelity, bias, and what bias and contributions add up to.
    feature : the component's text; `word_index`, the index of its first word, tells repeated words apart.
    feature_value : 1, for the component is there in the sentence as it is.
    feature_weight, std_error : the contribution and its standard error, 0 where exact.
    """
    e = explanation
    features = [(component_text(words, e.tokens), words[0]) for words in e.components]
    prediction = e.bias + e.weights.sum(axis=2)
    return [
        dict(
            zip(
                COLUMNS,
                (
                    position,
                    label,
                    float(e.probabilities[position, column]),
                    float(e.fidelity.r2[row, column]),
                    float(e.bias[row, column]),
                    float(prediction[row, column]),
                    feature,
                    1,
                    float(e.weights[row, column, c]),
                    float(e.std_errors[row, column, c]),
                    word_index,
                ),
                strict=True,
            )
        )
        for row, position in enumerate(e.positions)
        for column, label in enumerate(e.labels)
        for c, (feature, word_index) in enumerate(features)
    ]


def to_csv(explanation: Explanation) -> str:
    """Join the rows to CSV: strings in quotes, floats with all their digits, lines ending in a line feed.

    Tokens are data and stay as they are, also where they begin with ``=``, ``+``, ``-`` or ``@``: what a program reads
    back is what was explained. A spreadsheet takes such a cell for a formula; open the file there as text. Only half a
    surrogate pair, which no encoding can write, is spelled out as a Python escape.
    """
    file = StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(to_rows(explanation))
    return file.getvalue().encode("utf-8", "backslashreplace").decode("utf-8")


def to_markdown(
    explanation: Explanation,
    word_index: int | None = None,
    *,
    label: Target | None = None,
    beside: Joint | None = None,
) -> str:
    """Make a Markdown table: the contributions to one word's label, largest first, or one line an entity and a word.

    Parameters
    ----------
    explanation
        Any.
    word_index
        The word; all explained words by default, and the entities before them.
    label
        What is explained: a label, an `EntityType`, `AnyEntity` or a `Contrast`; the predicted label by default.
    beside
        What words do together, of `ner_lime.explanation.joint.joint`: its entities are listed.

    Raises
    ------
    WordIndexError, LabelError
        A word that was not explained, or an unknown label.
    """
    if word_index is not None:
        word = explanation[word_index]
        attribution = word.attribution
        sentence = answer(attribution, word.token, claim_of(attribution, label), label)
        return _explained(sentence, attribution, label)
    entities = [
        [
            f"{entity.start}-{entity.end - 1}",
            _escaped(entity.text),
            _escaped(entity.kind or "entity"),
            *_told(entity.attribution, None),
        ]
        for entity in (beside or Joint()).entities
    ]
    words = [
        [
            str(word.word_index),
            _escaped(word.token),
            _escaped(str(word.label if label is None else label)),
            *_told(word.attribution, label),
        ]
        for word in explanation
    ]
    tables = [
        _table(["", what, kind, *TOLD], "rllrll", rows)
        for what, kind, rows in (("entity", "type", entities), ("word", "label", words))
        if rows
    ]
    return "\n".join(tables)


def entity_markdown(entity: EntityExplanation) -> str:
    """Say why a span is one entity, with a table of the contributions."""
    return _explained(answer(entity.attribution, entity.text, claim_of_entity(entity)), entity.attribution, None)


def _explained(sentence: Sequence[Piece], attribution: Attribution, target: Target | None) -> str:
    """The answer, the verdict, and the contributions with their sum; those that are zero are folded."""
    marks = {"plain": "", "part": "*", "subject": "**"}
    answered = "".join(f"{marks[p.kind]}{_escaped(p.text)}{marks[p.kind]}" for p in sentence)
    verdict = f"This explanation: {_escaped(str(attribution.verdict_of(target)))}."
    contributions = attribution.contributions(target)
    sampled = bool(attribution.std_errors.any())
    told = [c for c in contributions if f"{abs(c.weight):.4f}" != "0.0000"]
    folded = len(contributions) - len(told)
    rows = [[", ".join(map(str, c.indices)), _escaped(c.name), f"{c.weight:+.4f}", f"{c.std_error:.4f}"] for c in told]
    if folded:
        one = folded == 1
        rows.append(["", f"*{folded} more {'adds' if one else 'add'} nothing*", "", ""])
    rows += [
        ["", "*start (bias)*", f"{attribution.bias_of(target):+.4f}", ""],
        ["", "*all together*", f"{attribution.prediction(target):+.4f}", ""],
        ["", "*the model itself*", f"{attribution.value_of(target):.4f}", ""],
    ]
    n_columns = 4 if sampled else 3
    header = ["", attribution.unit.removesuffix("s"), "adds", "std. error"][:n_columns]
    table = _table(header, "rlrr"[:n_columns], [row[:n_columns] for row in rows])
    return f"{answered}\n{verdict}\n\n{table}"


def _told(attribution: Attribution, target: Target | None) -> list[str]:
    """The probability, what moves it most, and whether to trust that."""
    strongest = attribution.contributions(target, num_features=1)[0]
    moves = abs(strongest.weight) >= HARDLY
    return [
        f"{attribution.value_of(target):.3f}",
        f"{strongest.weight:+.3f} {_escaped(strongest.name)}" if moves else "",
        attribution.verdict_of(target).brief,
    ]


def to_frame(explanation: Explanation) -> pd.DataFrame:
    """Put the rows into a pandas DataFrame.

    Raises
    ------
    MissingExtraError
        pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("pandas", "pandas") from error
    return pd.DataFrame(to_rows(explanation), columns=list(COLUMNS))


def _table(header: list[str], alignment: str, rows: list[list[str]]) -> str:
    rule = ["---:" if side == "r" else "---" for side in alignment]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [header, rule, *rows])


def _escaped(text: str) -> str:
    """Escape what Markdown or the HTML in it would take for markup."""
    html = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\g<0>", html)
