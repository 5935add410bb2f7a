"""`ner-lime explain --task text`: why a text has its class."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ner_lime.cli.output import medium, write

if TYPE_CHECKING:
    from ner_lime.cli.explain import View
    from ner_lime.cli.inputs import TextInput
    from ner_lime.cli.model import ModelSource
    from ner_lime.cli.subject import Setup, Subject
    from ner_lime.explanation.targets import Target
    from ner_lime.lime.law import Law


def explain_document(text: TextInput, source: ModelSource, subject: Subject, view: View, setup: Setup) -> None:
    """Write why the classifier gave the text its class.

    Raises
    ------
    click.UsageError
        No model, or an option that is about words of a sentence.
    """
    if source.model is None:
        raise click.UsageError("--task text needs --model: the embedded model labels words.")
    for name, value in (
        ("--word-index", subject.word_index),
        ("--entity", subject.entity),
        ("--type", subject.type),
        ("--contrast", subject.contrast),
        ("--white-box", subject.white_box or None),
        ("--groups", setup.groups),
        ("--check-masking", setup.check_masking),
        ("--context-only", setup.context_only or None),
        ("--tokens", text.tokens or None),
        ("--features", source.features),
    ):
        if value is not None:
            raise click.UsageError(f"{name} is about the words of a sentence, and can't go with --task text.")
    from ner_lime.classifiers import as_classifier
    from ner_lime.cli.model import headers_of_environment
    from ner_lime.explainers.document import TextExplainer
    from ner_lime.explainers.whole import SolverOptions
    from ner_lime.lime.bernoulli import Bernoulli
    from ner_lime.lime.shapley import Shapley

    options = source.options()
    if source.is_address:
        options.setdefault("headers", headers_of_environment())
    law: Law = Bernoulli() if setup.keep is None else Bernoulli(setup.keep)
    explainer = TextExplainer(
        as_classifier(source.model, **options),
        hide=setup.mask_string or "auto",
        neighbourhood=Shapley() if setup.method == "shapley" else law,
        n_samples=setup.n_samples,
        random_state=setup.seed,
        options=SolverOptions(setup.engine),
    )
    explanation = explainer.explain(text.read())
    target: Target | None = subject.label
    explanation.attribution.combination(target)
    if view.format == "html":
        write(explanation.to_html(None if target is None else [target]), view.output)
    elif view.format == "json":
        write(json.dumps(explanation.to_dict(), allow_nan=False) + "\n", view.output)
    else:
        paper = medium(view.output)
        form: dict[str, Any] = {"width": paper.width, "color": paper.color, "unicode": paper.unicode}
        write(explanation.to_text(target, num_features=view.num_features, **form), view.output)
