"""An explanation as tidy rows: one row a word, label and component; and from the rows CSV, Markdown and pandas.

The columns are those of R's lime, so that its plots and habits carry over, with the standard error and the word index
besides.
"""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING, Any

from ner_lime.errors import MissingExtraError
from ner_lime.explanation import Explanation, component_text
from ner_lime.explanation.targets import Target
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


def to_markdown(explanation: Explanation, word_index: int | None = None, *, label: Target | None = None) -> str:
    """Make a Markdown table: the contributions to one word's label, largest first, or one line a word.

    Raises
    ------
    WordIndexError, LabelError
        A word that was not explained, or an unknown label.
    """
    if word_index is None:
        header = ["", "word", "label", "probability", "strongest contribution", "verdict"]
        rows = []
        for word in explanation:
            strongest = word.contributions(label, num_features=1)[0]
            rows.append(
                [
                    str(word.word_index),
                    _escaped(word.token),
                    _escaped(str(word.label if label is None else label)),
                    f"{word.probability_of(label):.3f}",
                    f"{strongest.weight:+.3f} {_escaped(strongest.token)}",
                    word.verdict_of(label).level,
                ]
            )
        return _table(header, "rllrll", rows)
    word = explanation[word_index]
    header = ["", "word", "weight", "std. error"]
    rows = [
        [", ".join(map(str, c.word_indices)), _escaped(c.token), f"{c.weight:+.4f}", f"{c.std_error:.4f}"]
        for c in word.contributions(label)
    ]
    rows += [
        ["", "*bias*", f"{word.bias(label):+.4f}", ""],
        ["", "*all together*", f"{word.prediction(label):+.4f}", ""],
    ]
    name = _escaped(str(word.label if label is None else label))
    title = (
        f"**{_escaped(word.token)}**: {name} {word.probability_of(label):.3f}; {_escaped(str(word.verdict_of(label)))}"
    )
    return f"{title}\n\n{_table(header, 'rlrr', rows)}"


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
