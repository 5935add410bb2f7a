"""A label scheme from the file to the page: what was stated is asked, and never guessed again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import ner_lime as nl
from ner_lime.batch.report import make_report
from ner_lime.corpus import Corpus

PLAIN = "write\tO\nana\tE-MAIL\nx.org\tE-MAIL\nBo\tNAME\n\nsend\tO\nbo\tE-MAIL\ny.org\tE-MAIL\nCy\tNAME\n"
POS = "il R\ngatto S\ndi E\nBo S\ndorme V\nbene B\n\nla R\ncasa S\nin E\nMo S\nbrucia V\nora B\n"
SPELLED = "Ana\tB_PER\nLund\tI_PER\nruns\tO\n\nBo\tB_PER\nsits\tO\n"
BMEWO = "a\tB-LOC\nb\tM-LOC\nc\tE-LOC\nd\tW-LOC\ne\tO\n\nd\tW-LOC\ne\tO\n"
LOWER = "Ana\tb-per\nLund\ti-per\nruns\to\n\nBo\tb-per\nsits\to\n"


def read(text: str, scheme: str = "auto") -> Corpus:
    return nl.read_iob(io.StringIO(text), scheme=scheme)


@pytest.mark.parametrize(
    ("text", "scheme", "support", "entities"),
    [
        (PLAIN, "plain", {"E-MAIL": 2, "NAME": 2}, [(1, 3, "E-MAIL"), (3, 4, "NAME")]),
        (POS, "plain", {"R": 2, "S": 4, "E": 2, "V": 2, "B": 2}, [(i, i + 1, c) for i, c in enumerate("RSESVB")]),
        (SPELLED, "auto", {"PER": 2}, [(0, 2, "PER")]),
        (BMEWO, "auto", {"LOC": 3}, [(0, 3, "LOC"), (3, 4, "LOC")]),
        (LOWER, "auto", {"per": 2}, [(0, 2, "per")]),
    ],
    ids=["plain", "parts of speech", "underscore", "BMEWO", "lower case"],
)
def test_from_the_file_to_the_page(
    text: str, scheme: str, support: dict[str, int], entities: list[tuple[int, int, str]], tmp_path: Path
) -> None:
    corpus = read(text, scheme)
    nl.CRFTagger(c1=0.0, c2=0.001).fit(corpus).save(tmp_path / "model")
    tagger = nl.CRFTagger.load(tmp_path / "model")
    assert tagger.scheme == corpus.scheme
    scores = tagger.evaluate(corpus)
    assert {kind: score.support for kind, score in scores.entities.items()} == support
    assert scores.f1 == 1.0

    explanation = nl.NERExplainer(tagger).explain(corpus[0])
    assert [(e.start, e.end, e.kind) for e in explanation.entities] == entities
    again = nl.Explanation.from_dict(explanation.to_dict())
    assert again.predicted_spans == entities
    start, _, kind = entities[0]
    word = again[start]
    assert word.probability_of(nl.EntityType(kind)) > 0.5
    assert word.contributions(nl.AnyEntity())
    assert f">{kind}<" in explanation.to_html()

    report = make_report(nl.NERExplainer(tagger), corpus)
    assert dict(report.confusion) == {(kind, kind): count for kind, count in support.items()}


def test_a_label_set_tells_the_scheme_of_a_tagger_that_states_none() -> None:
    def tagger(sentences: list[list[str]]) -> list[list[dict[str, float]]]:
        row = {"B_PER": 0.7, "I_PER": 0.2, "O": 0.1}
        return [[row if token.istitle() else {"B_PER": 0.1, "I_PER": 0.0, "O": 0.9} for token in s] for s in sentences]

    explanation = nl.NERExplainer(nl.as_tagger(tagger), n_samples=16).explain(["Ana", "runs"])
    assert [(e.start, e.end, e.kind) for e in explanation.entities] == [(0, 1, "PER")]
    assert explanation[0].probability_of(nl.EntityType("PER")) == pytest.approx(0.9)
