"""The report on the embedded model: complete, escaped, linked, and honest when it was interrupted."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ner_lime import CRFTagger, NERExplainer, Sentence, read_iob
from ner_lime.batch.report import make_report
from ner_lime.corpus.mistakes import KINDS
from ner_lime.errors import InputError
from ner_lime.explanation.targets import Contrast
from ner_lime.render.report import report_html, save_report


@pytest.fixture(scope="module")
def explainer(jobs):
    return NERExplainer(CRFTagger(max_iterations=30).fit(read_iob(jobs / "train.tsv")[:400]))


@pytest.fixture(scope="module")
def corpus(jobs):
    return read_iob(jobs / "test.tsv")[:150]


@pytest.fixture(scope="module")
def report(explainer, corpus):
    return make_report(explainer, corpus, per_kind=4, title="A & B <report>")


def test_scores_are_the_tagger_s_own(report, explainer, corpus):
    assert report.scores.f1 == explainer.tagger.evaluate(corpus).f1
    assert report.n_sentences == 150
    for kind, score in report.scores.entities.items():
        assert sum(count for (gold, _), count in report.confusion.items() if gold == kind) == score.support


def test_at_most_so_many_of_each_kind_are_explained(report):
    by_kind = {kind: sum(e.mistake.kind == kind for e in report.explained) for kind in KINDS}
    assert by_kind == {kind: min(4, report.counts[kind]) for kind in KINDS}
    assert report.counts["missed"] > 4


def test_a_mistake_is_explained_as_predicted_rather_than_gold(report):
    for found in report.explained:
        word, right = found.mistake.word_index, found.sentence.tags[found.mistake.word_index]
        if right != found.word.label:
            assert found.target == Contrast(found.predicted[word], right)


def test_the_page_is_escaped_and_its_links_lead_somewhere(report):
    page = report_html(report)
    assert "<title>A &amp; B &lt;report&gt;</title>" in page
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids
    assert len(re.findall(r'<article id="m\d+"', page)) == len(report.explained)
    assert not re.search(r"(?:src|href)=\"(?!#)", page)


def test_hostile_words_stay_words(explainer):
    words = ("<script>alert(1)</script>", '"><img onerror=x>', "\u202eabc", "years")
    gold = ("B-SKILLS", "O", "B-SKILLS", "B-EXPERIENCE")
    page = report_html(make_report(explainer, [Sentence(words, gold)]))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_an_interruption_leaves_what_was_done(explainer, corpus):
    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    report = make_report(explainer, corpus, per_kind=4, progress=stop)
    assert (len(report.explained), report.complete) == (3, False)
    assert "Interrupted: 3 mistakes were explained" in report_html(report)


def test_an_interruption_while_it_is_tagged_leaves_the_scores_so_far(corpus, explainer, monkeypatch):
    monkeypatch.setattr("ner_lime.batch.report.BATCH", 20)
    decode = explainer.tagger.predict
    asked = []

    def stop(tokens):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(tokens)
        return decode(tokens)

    with monkeypatch.context() as patched:
        patched.setattr(CRFTagger, "predict", lambda _, tokens: stop(tokens))
        report = make_report(explainer, corpus)
    assert (report.n_tagged, report.n_sentences, report.explained, report.complete) == (40, 150, [], False)
    assert report.scores == make_report(explainer, corpus[:40], per_kind=0).scores
    assert "the first 40 of 150 sentences" in report_html(report)


def test_entities_without_a_type_have_a_name(jobs):
    def untyped(sentences):
        return [replace(s, tags=tuple(tag.partition("-")[0] for tag in s.tags)) for s in sentences]

    tagger = CRFTagger(max_iterations=10).fit(untyped(read_iob(jobs / "train.tsv")[:200]))
    report = make_report(NERExplainer(tagger), untyped(read_iob(jobs / "test.tsv")[:60]), per_kind=5)
    page = report_html(report)
    assert set(report.scores.entities) == {""}
    assert page.count('<th scope="row">entity</th>') == 2
    assert '<th scope="col" class="number">entity</th>' in page
    assert "gold <b>entity: " in page
    assert '<span class="quiet"> gold entity</span>' in page


def test_a_corpus_without_entities_has_no_figures(explainer):
    page = report_html(make_report(explainer, [Sentence(("the", "a"), ("O", "O"))]))
    assert "1 sentence, no entities" in page
    assert page.count("<p>No entities.</p>") == 2
    assert "0.000" not in page


def test_a_long_sentence_is_cut(explainer):
    words = ("experience", "with", *["the"] * 2000, "Java", "skills")
    page = report_html(make_report(explainer, [Sentence(words, (*["O"] * 1000, "B-SKILLS", *["O"] * 1003))]))
    assert "…" in page
    assert len(page) < 100_000


def test_a_corpus_without_tags_is_refused(explainer):
    with pytest.raises(InputError, match="tagged sentences"):
        make_report(explainer, [Sentence(("a", "b"))])


def test_it_is_written_as_a_whole(report, tmp_path):
    save_report(report, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == report_html(report)
    with pytest.raises(InputError, match="make it first"):
        save_report(report, tmp_path / "missing" / "report.html")
