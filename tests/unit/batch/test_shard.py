"""A shard in this process: the rows are those of single explanations, bit for bit, and a bad sentence is a row too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ner_lime import Corpus, CRFTagger, NERExplainer, Sentence
from ner_lime.batch import ExplanationParameters, ModelName, RunSettings, sentence_seed
from ner_lime.batch.shard import LOST, ShardWorker, WorkOrder, last_sentence, whereabouts_path
from ner_lime.batch.source import Source
from ner_lime.batch.store import FORMATS, RunTable
from ner_lime.errors import LabelError

TEXT = "Mrs Bell was very much at home in the old house by the sea , in May"
LONG = TEXT.split()


def explained(folder: Path, model: str, sentences: Any, *, seed: int = 0, **settings: Any) -> dict[str, list[Any]]:
    order = WorkOrder(
        str(folder), ModelName(model), RunSettings(**{"format": "jsonl", **settings}), ExplanationParameters(seed=seed)
    )
    worker = ShardWorker(WorkOrder.from_dict(order.to_dict()))
    shards = []
    for job in Source(sentences).jobs(shard=order.settings.shard):
        worker.work(job.shard, job.first, job.sentences, job.digest, ())
        shards.append(job.shard)
    form = order.settings.format
    return {name: list(RunTable(folder, name, form, shards)) for name in ("words", "contributions", "failed")}


@pytest.fixture(scope="module")
def model(crf: CRFTagger, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("shard") / "model"
    crf.save(path)
    return str(path)


def check(found: dict[str, list[Any]], explainer: NERExplainer, sentences: Any, seed: int, targets: Any) -> None:
    """Compare with `NERExplainer.explain`, sentence by sentence, without any tolerance."""
    words, contributions = iter(found["words"]), iter(found["contributions"])
    for number, sentence in enumerate(sentences):
        e = explainer.replace(random_state=sentence_seed(seed, number)).explain(sentence)
        for row, word in enumerate(e):
            told = next(words)
            assert (told["sentence"], told["word"], told["token"]) == (number, word.word_index, word.token)
            assert (told["predicted"], told["verdict"]) == (word.label, word.verdict.level)
            assert (told["probability"], told["r2"]) == (word.probability, word.r2())
            assert (told["own_share"], told["kl"]) == (word.own_share(), e.fidelity.kl[row])
            assert (told["calls"], told["seed"]) == (e.settings.n_calls, sentence_seed(seed, number))
            assert told["gold"] == (None if e.gold is None else e.gold[word.word_index])
            for label in [word.label] if targets == "predicted" else e.labels if targets == "all" else targets:
                for c in word.contributions(label):
                    expected = (number, word.word_index, label, c.token, c.word_index - word.word_index)
                    assert tuple(next(contributions).values()) == (*expected, c.weight, c.std_error)
    assert (next(words, None), next(contributions, None)) == (None, None)
    assert found["failed"] == []


@pytest.mark.parametrize("targets", ["predicted", "all", ["B-SKILLS", "O"]])
def test_a_crf_s_rows_are_those_of_single_explanations(
    tmp_path: Path, model: str, crf: CRFTagger, advertisements: Corpus, targets: Any
) -> None:
    found = explained(tmp_path, model, advertisements[:6], shard=4, targets=targets)
    check(found, NERExplainer(crf), advertisements[:6], 0, targets)


def test_so_are_those_of_a_sampled_model(tmp_path: Path) -> None:
    sentences = [LONG, LONG[:12], LONG[2:]]
    found = explained(tmp_path, "corpus_models:sampled", sentences, seed=5, shard=2)
    import corpus_models

    check(found, NERExplainer(corpus_models.sampled()), sentences, 5, "predicted")
    assert max(row["std_error"] for row in found["contributions"]) > 0.0


def test_parquet_has_the_same_rows(tmp_path: Path, model: str, advertisements: Corpus) -> None:
    pytest.importorskip("pyarrow")
    lines, parquet = (
        explained(tmp_path / form, model, advertisements[:5], shard=2, format=form) for form in ("jsonl", "parquet")
    )
    assert lines == parquet


def test_two_files_are_read_by_pandas(tmp_path: Path, model: str, advertisements: Corpus) -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    for form in FORMATS:
        rows = explained(tmp_path / form, model, advertisements[:5], shard=2, format=form)
        for name in ("words", "contributions"):
            frame = RunTable(tmp_path / form, name, form, [0, 1, 2]).to_frame()
            assert frame["sentence"].tolist() == [row["sentence"] for row in rows[name]]
            assert isinstance(frame["token" if name == "words" else "feature"].dtype, pd.CategoricalDtype)
            figure = "probability" if name == "words" else "weight"
            assert frame[figure].tolist() == [row[figure] for row in rows[name]]


def test_top_takes_the_largest(tmp_path: Path, model: str, advertisements: Corpus) -> None:
    all_of_them = explained(tmp_path / "all", model, advertisements[:3])["contributions"]
    few = explained(tmp_path / "few", model, advertisements[:3], top=2)["contributions"]
    by_word: dict[Any, list[Any]] = {}
    for row in all_of_them:
        by_word.setdefault((row["sentence"], row["word"]), []).append(row)
    assert few == [row for rows in by_word.values() for row in rows[:2]]
    assert all(np.all(np.diff([abs(row["weight"]) for row in rows]) <= 0) for rows in by_word.values())


def test_positions(tmp_path: Path, model: str, crf: CRFTagger, advertisements: Corpus) -> None:
    corpus = advertisements[:20]
    predicted = crf.predict([list(sentence.tokens) for sentence in corpus])
    for positions in ("entities", "mistakes"):
        found = explained(tmp_path / positions, model, corpus, positions=positions)
        expected = [
            (number, word)
            for number, (labels, sentence) in enumerate(zip(predicted, corpus, strict=True))
            for word, label in enumerate(labels)
            if (label != "O" if positions == "entities" else label != sentence.tags[word])
        ]
        assert expected
        assert [(row["sentence"], row["word"]) for row in found["words"]] == expected


def test_a_sentence_that_fails_is_a_row_and_the_others_are_explained(tmp_path: Path) -> None:
    sentences = [["Mrs", "Bell"], ["a", "bad", "word"], [], ["in", "May"], ["two texts", "in a list"], [1, 2]]
    found = explained(tmp_path, "corpus_models:fragile", sentences)
    assert [row["sentence"] for row in found["words"]] == [0, 0, 3, 3]
    bad, blank, texts, numbers = found["failed"]
    assert (bad["sentence"], bad["error"], bad["text"]) == (1, "TaggerError", "a bad word")
    assert "no such word in the model" in bad["message"]
    assert [(row["sentence"], row["error"]) for row in (blank, texts, numbers)] == [
        (number, "InputError") for number in (2, 4, 5)
    ]


def test_words_that_no_file_can_hold_are_spelled_out(tmp_path: Path) -> None:
    for form in ["jsonl"] + (["parquet"] if pytest.importorskip("pyarrow") else []):
        found = explained(tmp_path / form, "corpus_models:sampled", [["\ud800", "a"]], format=form)
        assert [row["token"] for row in found["words"]] == ["\\ud800", "a"]


def test_a_label_that_the_model_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="unknown label 'B-DOG': the tagger knows O, B-PER"):
        explained(tmp_path, "corpus_models:sampled", [["a"]], targets=["B-DOG"])


def test_a_second_attempt_changes_nothing(tmp_path: Path) -> None:
    order = WorkOrder(
        str(tmp_path), ModelName("corpus_models:sampled"), RunSettings(format="jsonl"), ExplanationParameters()
    )
    worker = ShardWorker(order)
    (job,) = Source([["Mrs", "Bell"]]).jobs(shard=5)
    worker.work(0, 0, job.sentences, job.digest, ())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json*")}
    worker.work(0, 0, job.sentences, job.digest, ())
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json*")} == before
    assert not whereabouts_path(tmp_path, 0).exists()


def test_what_is_left_of_a_lost_worker(tmp_path: Path) -> None:
    path = whereabouts_path(tmp_path, 3)
    path.parent.mkdir()
    assert last_sentence(tmp_path, 3) is None
    path.write_text("17        ")
    assert last_sentence(tmp_path, 3) == 17
    assert last_sentence(tmp_path, 3) is None
    path.write_text("-1        ")
    assert last_sentence(tmp_path, 3) is None


def test_sentences_that_ended_workers_are_left_out(tmp_path: Path) -> None:
    order = WorkOrder(
        str(tmp_path), ModelName("corpus_models:fragile"), RunSettings(format="jsonl"), ExplanationParameters()
    )
    (job,) = Source([["Mrs"], ["deadly"], Sentence(("in",))]).jobs(shard=5)
    entry = ShardWorker(order).work(0, 0, job.sentences, job.digest, {1})
    assert (entry["sentences"], entry["words"], entry["failed"]) == (3, 2, 1)
    (row,) = RunTable(tmp_path, "failed", "jsonl", [0])
    assert (row["sentence"], row["error"]) == (1, LOST)
