"""Corpus runs with real workers: the same rows whoever did them, killed and resumed, refused after a change."""

from __future__ import annotations

import json
import logging
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import ner_lime as nl
from ner_lime.batch import ExplanationParameters, Local, ModelName, Run, RunProgress, RunSettings, sentence_seed
from ner_lime.batch.source import Source
from ner_lime.errors import InputError, ModelFileError, RunError

from ..conftest import ROOT

N = 36
"""Sentences of the corpus."""

TEXT = "Mrs Bell was very much at home in the old house by the sea , in May"
LONG = TEXT.split()
TEXTS = [LONG, LONG[:12], ["Mrs", "Bell"], LONG[3:], ["in", "May"], LONG[1:], ["a"], LONG[2:14]]


@pytest.fixture(scope="module")
def model(crf: nl.CRFTagger, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("runs") / "model"
    crf.save(path)
    return str(path)


@pytest.fixture(scope="module")
def corpus(jobs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "corpus.tsv"
    path.write_text("\n\n".join((jobs / "test.tsv").read_text(encoding="utf-8").split("\n\n")[:40]) + "\n")
    assert len(nl.read_iob(path)) == N
    return path


@pytest.fixture(scope="module")
def undisturbed(corpus: Path, model: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("runs") / "run"
    return rows(nl.explain_corpus(corpus, tagger=model, out=out, executor=Local(1), shard=7))


def rows(run: Run) -> dict[str, list[Any]]:
    assert run.finished
    return {"words": list(run.words()), "contributions": list(run.contributions()), "failed": list(run.failed)}


def kill_runs() -> ModuleType:
    spec = spec_from_file_location("kill_runs", ROOT / "scripts" / "kill_runs.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["kill_runs"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("workers", "shard"), [(2, 7), (2, 3), (1, 100)])
def test_rows_do_not_depend_on_workers_or_shards(
    corpus: Path, model: str, undisturbed: dict[str, Any], tmp_path: Path, workers: int, shard: int
) -> None:
    run = nl.explain_corpus(corpus, tagger=model, out=tmp_path / "run", executor=Local(workers), shard=shard)
    assert rows(run) == undisturbed


def test_a_single_explanation_gives_the_same_numbers(tmp_path: Path) -> None:
    run = nl.explain_corpus(
        TEXTS,
        tagger="corpus_models:sampled",
        out=tmp_path / "run",
        executor=Local(2),
        shard=3,
        parameters=ExplanationParameters(seed=11, n_samples=100),
    )
    import corpus_models

    found = iter(run.contributions())
    for number, tokens in enumerate(TEXTS):
        explainer = nl.NERExplainer(corpus_models.sampled(), n_samples=100, random_state=sentence_seed(11, number))
        for word in explainer.explain(tokens):
            for c in word.contributions():
                row = next(found)
                assert (row["sentence"], row["word"], row["weight"]) == (number, word.word_index, c.weight)
                assert row["std_error"] == c.std_error
    assert next(found, None) is None


def test_a_finished_run_asks_nothing(corpus: Path, model: str, tmp_path: Path) -> None:
    heard: list[RunProgress] = []
    out = tmp_path / "run"
    run = nl.explain_corpus(corpus, tagger=model, out=out, executor=Local(2), shard=16, progress=heard.append)
    assert heard[-1].sentences == N
    assert heard[-1].finished
    assert heard[-1].rate is not None
    assert (heard[0].total, run.progress().rate) == (N, None)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    again = nl.explain_corpus(corpus, tagger=model, out=out, executor=Local(2), shard=16, progress=pytest.fail)
    assert Run(out).resume(progress=pytest.fail).progress() == again.progress() == run.progress()
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"shard": 8}, "settings shard was 7, is 8"),
        ({"targets": "all"}, 'settings targets was "predicted", is "all"'),
        ({"parameters": ExplanationParameters(keep=0.5)}, "parameters keep was null, is 0.5"),
        ({"reading": {"scheme": "IOB2"}}, 'input reading scheme was null, is "IOB2"'),
    ],
)
def test_other_settings_are_refused(corpus: Path, model: str, tmp_path: Path, changed: Any, named: str) -> None:
    begin(corpus, model, tmp_path / "run")
    with pytest.raises(RunError, match=named):
        nl.explain_corpus(corpus, **{"tagger": model, "out": tmp_path / "run", "shard": 7, **changed})


def begin(corpus: Path, model: str, out: Path) -> None:
    """A run that is stopped after its first shard."""

    def stop(progress: RunProgress) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        nl.explain_corpus(corpus, tagger=model, out=out, executor=Local(1), shard=7, progress=stop)


def test_another_model_or_input_is_refused_and_the_same_one_goes_on(
    jobs: Path, corpus: Path, crf: nl.CRFTagger, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    folder, file, out = tmp_path / "model", tmp_path / "corpus.tsv", tmp_path / "run"
    crf.save(folder)
    file.write_bytes(corpus.read_bytes())
    begin(file, str(folder), out)
    weights = (folder / "model.crfsuite").read_bytes()
    (folder / "model.crfsuite").write_bytes(weights[:-8] + b"12345678")
    with pytest.raises(RunError, match=r"model fingerprint sha256 was .* is "):
        Run(out).resume()
    (folder / "model.crfsuite").write_bytes(weights)
    text = file.read_bytes()
    file.write_bytes(text + b"more\tO\n")
    with pytest.raises(RunError, match=r"input files .*corpus.tsv size was \d+, is \d+"):
        Run(out).resume()
    file.unlink()
    with pytest.raises((RunError, nl.NerLimeError), match=r"corpus\.tsv"):
        Run(out).resume()
    file.write_bytes(text)
    assert rows(Run(out).resume(executor=Local(2))) == undisturbed


def test_other_sentences_from_memory_are_refused(tmp_path: Path) -> None:
    out, tagger = tmp_path / "run", "corpus_models:sampled"
    nl.explain_corpus(TEXTS, tagger=tagger, out=out, executor=Local(1), shard=3)
    with pytest.raises(RunError, match="found others from sentence 3 on"):
        nl.explain_corpus([*TEXTS[:4], ["other"], *TEXTS[5:]], tagger=tagger, out=out, executor=Local(1), shard=3)
    with pytest.raises(RunError, match="begun with sentences from memory: give them again"):
        Run(out).resume()
    assert Run(out).resume(TEXTS).finished


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(RunError, match="a folder that is new or empty"):
        nl.explain_corpus(TEXTS, tagger="corpus_models:sampled", out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_fitted_tagger_is_kept_with_the_run(crf: nl.CRFTagger, wide_crf: nl.CRFTagger, tmp_path: Path) -> None:
    for _ in range(2):
        assert nl.explain_corpus(TEXTS, tagger=crf, out=tmp_path / "run", executor=Local(1)).finished
    with pytest.raises(RunError, match="expected the CRFTagger that the run was begun with"):
        nl.explain_corpus(TEXTS, tagger=wide_crf, out=tmp_path / "run")
    with pytest.raises(InputError, match=r"expected the name of a model.*found function"):
        nl.explain_corpus(TEXTS, tagger=lambda sentences: sentences, out=tmp_path / "other")


@pytest.mark.parametrize(
    ("tagger", "error", "message"),
    [
        ("no-such-model", ModelFileError, "no-such-model: expected the folder"),
        ("corpus_models:broken", RunError, "RuntimeError: the weights are missing"),
        ("corpus_models:dying", RunError, "3 workers were lost on shard 0"),
    ],
)
def test_a_model_that_does_not_load_ends_it(tmp_path: Path, tagger: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nl.explain_corpus(TEXTS, tagger=tagger, out=tmp_path / "run", executor=Local(1))


def test_what_a_model_prints_disturbs_nothing(tmp_path: Path) -> None:
    assert nl.explain_corpus(TEXTS, tagger="corpus_models:chatty", out=tmp_path / "run", executor=Local(2)).finished


def test_failed_sentences_are_told_and_retried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MENDED", str(tmp_path / "mended"))
    sentences = [["Mrs"], ["bad"], ["mended"], ["in", "May"], ["very"], ["deadly", "word"], ["much"]]
    with caplog.at_level(logging.ERROR, "ner_lime"):
        run = nl.explain_corpus(
            sentences, tagger="corpus_models:fragile", out=tmp_path / "run", executor=Local(2), shard=2
        )
    assert run.finished
    assert [(row["sentence"], row["error"]) for row in run.failed] == [
        (1, "TaggerError"),
        (2, "TaggerError"),
        (5, "WorkerLost"),
    ]
    assert sorted({row["sentence"] for row in run.words()}) == [0, 3, 4, 6]
    (tmp_path / "mended").touch()
    with caplog.at_level(logging.ERROR, "ner_lime"):
        run = Run(tmp_path / "run").resume(sentences, retry_failed=True, executor=Local(2))
    assert [row["sentence"] for row in run.failed] == [1, 5]
    assert sorted({row["sentence"] for row in run.words()}) == [0, 2, 3, 4, 6]
    assert (run.progress().failed, run.progress().sentences) == (2, 7)


def start(corpus: Path, model: str, out: Path, **options: Any) -> subprocess.Popen[bytes]:
    arguments = [str(corpus), "-o", str(out), "--model", model, "--shard", "3", "--workers", "2"]
    return subprocess.Popen(
        [sys.executable, "-m", "ner_lime", "corpus", "run", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        start_new_session=True,
        **options,
    )


def wait_for(what: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def some_done(out: Path) -> bool:
    return (out / "manifest.json").exists() and Run(out).progress().shards >= 2


def test_killed_workers_and_drivers_change_nothing(
    corpus: Path, model: str, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    script, out = kill_runs(), tmp_path / "run"
    driver = start(corpus, model, out)
    wait_for(lambda: some_done(out))
    (victim, *others) = [pid for pid in script.descendants(driver.pid) if script.is_worker(pid)]
    script.kill(victim)
    wait_for(lambda: Run(out).progress().shards >= 5)
    assert driver.poll() is None
    with pytest.raises(RunError, match="another process works on this run"):
        Run(out).resume()
    driver.kill()
    driver.communicate()
    wait_for(lambda: not any(script.is_worker(pid) for pid in others))  # they end with their driver
    assert not Run(out).finished
    assert rows(Run(out).resume(executor=Local(2))) == undisturbed


def test_random_kills_change_nothing(tmp_path: Path) -> None:
    """Three rounds of the script that does fifty."""
    kill_runs().main(["--rounds", "3", "--seed", "3", "--sentences", "40"])


def test_one_interruption_ends_after_the_running_shards(
    corpus: Path, model: str, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    driver = start(corpus, model, out)
    wait_for(lambda: some_done(out))
    os.killpg(driver.pid, signal.SIGINT)  # as a terminal does, to all of its processes
    _, errors = driver.communicate(timeout=60)
    assert driver.returncode == 130
    said = errors.decode().splitlines()
    assert "running shards are finished first" in said[0]
    assert said[-2] == f"ner-lime: what is done stands: ner-lime corpus resume {out} goes on"
    assert said[-1] == "ner-lime: interrupted"
    assert not list(out.rglob("*.temporary"))
    assert rows(Run(out).resume(executor=Local(2))) == undisturbed


def test_a_folder_that_can_not_be_written_any_more(corpus: Path, model: str, undisturbed: Any, tmp_path: Path) -> None:
    """Files may have 3,000 bytes: enough for the manifest and markers, not for the tables."""

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    out = tmp_path / "run"
    driver = start(corpus, model, out, preexec_fn=little_room)
    _, errors = driver.communicate(timeout=60)
    assert driver.returncode == 1
    assert errors.decode() == f"ner-lime: error: {out}: can't be written: File too large\n"
    assert not list(out.rglob("*.temporary"))
    assert rows(Run(out).resume(executor=Local(2))) == undisturbed


def test_duckdb_and_pandas_read_the_folder_as_it_lies(corpus: Path, model: str, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    pd = pytest.importorskip("pandas")
    run = nl.explain_corpus(corpus, tagger=model, out=tmp_path / "run", executor=Local(2), shard=9, format="parquet")
    n = run.progress()
    words = f"'{tmp_path}/run/words/*/*.parquet'"
    counted = duckdb.sql(f"SELECT count(*), count(DISTINCT sentence) FROM {words}").fetchall()
    assert counted == [(n.words, N)]
    total = duckdb.sql(f"SELECT sum(weight) FROM '{tmp_path}/run/contributions/*/*.parquet'").fetchall()[0][0]
    frame = pd.read_parquet(tmp_path / "run" / "contributions")
    assert len(frame) == n.contributions
    assert frame["weight"].sum() == pytest.approx(total, abs=1e-9)


def test_ray_gives_the_same_rows_and_survives_a_killed_actor(
    corpus: Path, model: str, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """In a process of its own: Ray leaves threads and warnings behind."""
    pytest.importorskip("ray")
    script, out = kill_runs(), tmp_path / "run"
    driver = subprocess.Popen(
        [sys.executable, "-c", script.DRIVER, str(corpus), model, str(out), "ray", "3"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: some_done(out), 120.0)
    actors = [pid for pid in script.descendants(driver.pid) if script.is_worker(pid)]
    assert len(actors) == 2
    script.kill(actors[0])
    assert driver.wait(timeout=120) == 0
    assert rows(Run(out)) == undisturbed


def test_the_manifest_says_what_the_run_was_begun_with(corpus: Path, model: str, tmp_path: Path) -> None:
    run = nl.explain_corpus(corpus, tagger=model, out=tmp_path / "run", executor=Local(1), positions="mistakes")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert (manifest["version"], manifest["model"]["name"]) == (nl.__version__, model)
    assert manifest["settings"]["positions"] == "mistakes"
    assert list(manifest["input"]["files"]) == [str(corpus)]
    assert run.manifest == manifest


def test_no_file_holds_a_key(tmp_path: Path) -> None:
    address = ModelName("https://example.org/tag?key=s3cret", options={"headers": {"Authorization": "Bearer s3cret"}})
    source = Source(TEXTS)
    Run.begin(source, address, tmp_path / "run", RunSettings(), ExplanationParameters())
    written = b"".join(path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert b"https://example.org/tag" in written
    assert b"s3cret" not in written
    with pytest.raises(RunError, match=r"give it again.*tagger="):
        Run(tmp_path / "run").resume(TEXTS)


def test_the_readme_s_summary(
    jobs: Path, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (snippet,) = [part for part in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "save_summary" in part]
    monkeypatch.chdir(tmp_path)
    nl.explain_corpus(nl.read_iob(jobs / "test.tsv")[:20], tagger=model, out="my-run", executor=Local(2), shard=10)
    exec(compile(snippet, "README.md", "exec"), {"nl": nl})
    assert (tmp_path / "learned.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "feature" in capsys.readouterr().out
