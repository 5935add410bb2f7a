"""What is explained, and how: the options of `ner-lime explain` as objects."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from ner_lime.cli.options import bundle
from ner_lime.errors import InputError

if TYPE_CHECKING:
    from ner_lime.explainers.sentence.explainer import Method
    from ner_lime.explainers.sentence.groups import GroupKind
    from ner_lime.explainers.sentence.parameters import ExplanationParameters
    from ner_lime.explanation import TokenExplanation
    from ner_lime.explanation.targets import Target
    from ner_lime.lime.question import Engine


def _span(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Read START:END."""
    if value is None:
        return None
    try:
        start, end = map(int, value.split(":"))
    except ValueError:
        raise click.BadParameter(f"expected two word indices such as 3:6, found {value!r}.") from None
    return start, end


@dataclass(frozen=True, slots=True)
class Subject:
    """What is explained: a word or a span, and which label of it.

    Examples
    --------
    >>> Subject(4, None, label=None, type="SKILLS", contrast=None, white_box=False).target()
    EntityType(name='SKILLS')
    """

    word_index: int | None
    entity: tuple[int, int] | None
    label: str | None
    type: str | None
    contrast: str | None
    white_box: bool

    def __post_init__(self) -> None:
        """Refuse what can't go together."""
        if sum(option is not None for option in (self.label, self.type, self.contrast)) > 1:
            raise click.UsageError("--label, --type and --contrast exclude each other.")
        if self.entity is not None and (self.label or self.contrast or self.white_box or self.word_index is not None):
            raise click.UsageError("--entity goes with --type only.")
        if self.white_box and self.type is not None:
            raise click.UsageError("--white-box compares two labels: give --label or --contrast, and no --type.")
        if self.word_index is None and (self.contrast is not None or self.white_box):
            raise click.UsageError("--contrast and --white-box need --word-index.")

    def target(self, word: TokenExplanation | None = None) -> Target | None:
        """The target; None is the predicted label."""
        from ner_lime.explanation.targets import Contrast, EntityType

        if self.type is not None:
            return EntityType(self.type)
        if self.contrast is None or word is None:
            return self.label
        if self.contrast == word.label:
            raise InputError(f"--contrast: expected a label other than the word's own, found {self.contrast}")
        return Contrast(word.label, self.contrast)


subject_options = bundle(
    "subject",
    Subject,
    click.option("--word-index", type=int, metavar="I", help="The word, from 0. Without it all words are listed."),
    click.option(
        "--entity", metavar="START:END", callback=_span, help="Explain the words START to END - 1 as one entity."
    ),
    click.option("--label", metavar="L", help="Explain this label and not the predicted one."),
    click.option("--type", metavar="TYPE", help="Explain this entity type, the sum of its labels."),
    click.option("--contrast", metavar="L", help="Explain why the predicted label and not this one."),
    click.option("--white-box", is_flag=True, help="Show what the CRF itself adds up for the word."),
)


@dataclass(frozen=True, slots=True)
class Setup:
    """How it is explained: the fields of `ExplanationParameters`, which is imported only once it is needed.

    Examples
    --------
    >>> Setup("lime", "auto", 0.5, None, 0, "UNK", None, False, None, 1000).request().keep
    0.5
    """

    method: Method
    engine: Engine
    keep: float | None
    n_samples: int | None
    seed: int
    mask_string: str | None
    groups: GroupKind | None
    context_only: bool
    check_masking: str | None
    max_tokens: int

    def request(self) -> ExplanationParameters:
        """Check what was asked for.

        Raises
        ------
        click.UsageError
            Options that can't go together.
        """
        from ner_lime.explainers.sentence.parameters import ExplanationParameters

        try:
            return ExplanationParameters(**asdict(self))
        except InputError as error:
            raise click.UsageError(f"{error}.") from error


setup_options = bundle(
    "setup",
    Setup,
    click.option(
        "--method",
        type=click.Choice(["lime", "shapley"]),
        default="lime",
        show_default=True,
        help="LIME's weights or Shapley values.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["auto", "exact", "sample"]),
        default="auto",
        show_default=True,
        help="exact has no noise; sample asks the model about randomly hidden words.",
    ),
    click.option("--keep", type=float, metavar="P", help="Probability that a word is kept [0.7]."),
    click.option("--n-samples", type=int, metavar="N", help="Maximum number of masks that are sampled [512]."),
    click.option("--seed", type=int, default=0, show_default=True, help="Of the sampling."),
    click.option("--mask-string", metavar="STRING", help="What hides a word; by default what tells the model least."),
    click.option(
        "--groups",
        type=click.Choice(["entities", "phrases", "clauses"]),
        help="Hide words together: those of a predicted entity, between function words, or between punctuation marks.",
    ),
    click.option("--context-only", is_flag=True, help="Never hide the explained word itself."),
    click.option("--check-masking", metavar="STRING", help="Say whether hiding by this string ranks the words alike."),
    click.option(
        "--max-tokens", type=int, default=200_000, show_default=True, metavar="N", help="Longer texts are refused."
    ),
)
