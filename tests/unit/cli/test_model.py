"""The model of a verb: by argument or option, with a feature function, options and headers."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import sklearn_crfsuite

import ner_lime as nl
from ner_lime.cli import main
from ner_lime.cli.model import HEADERS, ModelSource, headers_of_environment
from ner_lime.errors import InputError

TEXT = "6+ years of Web UI/UX design experience"
FEATURES = """
def of_word(tokens, i):
    return {"lower": tokens[i].lower(), "before": tokens[i - 1].lower() if i else "-"}

class Several:
    of_word = staticmethod(of_word)

number = 3
"""


@pytest.fixture(scope="module")
def saved(jobs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "crf"
    nl.CRFTagger(max_iterations=15).fit(nl.read_iob(jobs / "test.tsv")[:150]).save(path)
    return path


@pytest.fixture
def bare(jobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CRFsuite file of somebody else's training, beside the module with its feature function."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "their_features", raising=False)
    (tmp_path / "their_features.py").write_text(FEATURES)
    names: dict = {}
    exec(FEATURES, names)
    corpus = nl.read_iob(jobs / "test.tsv")[:150]
    crf = sklearn_crfsuite.CRF(max_iterations=15)
    crf.fit(
        [[names["of_word"](s.tokens, i) for i in range(len(s))] for s in corpus], [list(s.tags or ()) for s in corpus]
    )
    shutil.copy(crf.modelfile.name, tmp_path / "their.crfsuite")
    return tmp_path / "their.crfsuite"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    return status, *capsys.readouterr()


@pytest.mark.parametrize("verb", ["tag", "evaluate"])
def test_a_model_is_an_argument_or_an_option(
    verb: str, saved: Path, jobs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = {"tag": [TEXT], "evaluate": [str(jobs / "test.tsv")]}[verb]
    as_argument = run(capsys, verb, str(saved), *rest)
    assert as_argument[0] == 0
    assert run(capsys, verb, "--model", str(saved), *rest) == as_argument
    assert run(capsys, verb, *rest, "--model", str(saved)) == as_argument


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tag"], "Missing argument 'MODEL'"),
        (["tag", "model", "text", "more"], "unexpected extra argument (more)"),
        (["tag", "--model", "model", "text", "more"], "unexpected extra argument (more)"),
        (["evaluate", "model"], "Missing argument 'TEST.tsv'"),
        (["evaluate", "--model", "model"], "Missing argument 'TEST.tsv'"),
        (["explain", "--model-option", "labels", "--model", "m", "text"], "expected NAME=VALUE, found 'labels'"),
        (["explain", "--features", "module", "--model", "m", "text"], "expected MODULE:FUNCTION"),
        (["explain", "--features", "a:b", "text"], "for a model that --model names"),
        (["explain", "--model-option", "a=b", "text"], "for a model that --model names"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, output, errors = run(capsys, *arguments)
    assert (status, output) == (2, "")
    assert message in " ".join(errors.split())


@pytest.mark.parametrize("function", ["of_word", "Several.of_word"])
def test_a_bare_crfsuite_file_with_its_features(
    function: str, bare: Path, jobs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ["--model", str(bare), "--features", f"their_features:{function}"]
    status, output, errors = run(capsys, "explain", *model, "--word-index", "4", "--format", "json", "--tokens", TEXT)
    assert (status, errors) == (0, "")
    names: dict = {}
    exec(FEATURES, names)
    tagger = nl.as_tagger(bare, features=names["of_word"])
    expected = nl.NERExplainer(tagger).explain(TEXT.split(), positions=[4])
    found = nl.Explanation.from_dict(json.loads(output))
    assert found.weights.tolist() == expected.weights.tolist()
    assert found.settings.engine == "exact"
    corpus = str(jobs / "test.tsv")
    scores = run(capsys, "evaluate", *model, corpus)
    assert scores == (0, tagger.evaluate(nl.read_iob(corpus)).to_text() + "\n", "")
    assert run(capsys, "tag", *model, "--tokens", TEXT)[1].count("\n") == 8
    assert run(capsys, "report", *model, corpus, "-o", "report.html", "--per-kind", "1") == (0, "", "")
    assert "their.crfsuite on test.tsv" in Path("report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_such_module:f", "ModuleNotFoundError"),
        ("their_features:missing", "AttributeError"),
        ("their_features:number", "found int"),
        ("fails:f", "ZeroDivisionError"),
    ],
)
def test_features_that_can_not_be_imported(
    name: str, words: str, bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fails.py").write_text("1 / 0")
    status, output, errors = run(capsys, "tag", str(bare), TEXT, "--features", name)
    assert (status, output, errors.count("\n")) == (1, "", 1)
    assert words in errors


def test_a_bare_crfsuite_file_without_features_says_so(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, errors = run(capsys, "tag", str(bare), TEXT)
    assert status == 1
    assert "features=fn" in errors


def test_an_option_of_another_kind_of_model_is_refused(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, errors = run(capsys, "tag", str(saved), TEXT, "--model-option", "aggregation=max")
    assert status == 1
    assert "takes features=: found aggregation=" in errors


def test_options_are_json_where_they_can_be() -> None:
    source = ModelSource("m", None, ('labels=["O", "X"]', "aggregation=max", "batch_size=8", "path=a=b"))
    assert source.options() == {"labels": ["O", "X"], "aggregation": "max", "batch_size": 8, "path": "a=b"}


def test_headers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HEADERS, raising=False)
    assert headers_of_environment() is None
    monkeypatch.setenv(HEADERS, "Authorization: Bearer a:b\n\n X-Key :secret-1 \n")
    assert headers_of_environment() == {"Authorization": "Bearer a:b", "X-Key": "secret-1"}


@pytest.mark.parametrize("value", ["Authorization", "A: b\nsecret-word", ": secret-word"])
def test_headers_of_another_form_are_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HEADERS, value)
    with pytest.raises(InputError) as caught:
        headers_of_environment()
    assert "secret-word" not in str(caught.value)
    assert f"line {value.count(chr(10)) + 1} " in str(caught.value)


def test_headers_are_for_addresses_only(
    saved: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HEADERS, "Authorization: Bearer secret-word")
    assert run(capsys, "tag", str(saved), TEXT)[0] == 0
