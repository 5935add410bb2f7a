"""The command line as a process: streams, signals, terminals, full disks, and what it loads."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import ner_lime as nl

ROOT = Path(__file__).resolve().parents[2]
TEXT = "6+ years of Web UI/UX design experience"
HEAVY = (
    *("torch", "transformers", "spacy", "matplotlib", "pandas", "scipy", "sklearn", "sklearn_crfsuite"),
    *("eli5", "nltk", "numpy", "rich", "jinja2"),
)
COMMAND = [sys.executable, "-m", "ner_lime"]

posix = pytest.mark.skipif(os.name != "posix", reason="signals, pipes and terminals of POSIX")


def environment(**variables: str) -> dict[str, str]:
    plain = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "PYTHONIOENCODING")
    }
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**plain, "PYTHONPATH": paths, "PYTHONUTF8": "1", **variables}


def ner_lime(*arguments: str | bytes, given: bytes = b"", **variables: str) -> tuple[int, bytes, str]:
    """Run the command; returns status, output and errors."""
    done = subprocess.run(
        [*COMMAND, *arguments], input=given, capture_output=True, env=environment(**variables), timeout=120, check=False
    )
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.fixture(scope="module")
def model(jobs: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("cli") / "model"
    nl.CRFTagger(max_iterations=10).fit(nl.read_iob(jobs / "test.tsv")[:100]).save(path)
    return str(path)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["explain", "--help"], ["train", "--help"], ["tag"]])
def test_help_and_wrong_usage_load_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys; from ner_lime.cli import main; status = main(sys.argv[1:]);"
        f"print('loaded', sorted(set({HEAVY!r}) & set(sys.modules)), status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=environment(), check=True
    )
    assert done.stdout.splitlines()[-1] == f"loaded [] {2 if arguments == ['tag'] else 0}"


def test_the_help_begins_with_an_example_to_copy() -> None:
    status, output, errors = ner_lime("--help")
    assert (status, errors) == (0, "")
    assert f'\n    ner-lime explain --word-index 4 "{TEXT}"\n' in output.decode()


def test_without_arguments_the_help_is_shown() -> None:
    _, output, errors = ner_lime()
    assert ner_lime("--help")[1].decode().strip() in output.decode() + errors


def test_the_version_is_the_package_s() -> None:
    assert ner_lime("--version") == (0, f"ner-lime, version {nl.__version__}\n".encode(), "")


def test_an_answer_comes_from_the_embedded_model(tmp_path: Path) -> None:
    arguments = ("explain", "--tokens", "--word-index", "4", TEXT)
    status, output, errors = ner_lime(*arguments, NER_LIME_CACHE=str(tmp_path))
    assert (status, errors) == (0, "")
    assert "UI/UX is I-SKILLS (0.9" in output.decode()
    assert b"\x1b" not in output
    (place,) = tmp_path.iterdir()
    assert ner_lime(*arguments[:2], "--model", str(place), *arguments[2:]) == (0, output, "")


def test_bytes_that_are_no_utf8_pass_through(model: str) -> None:
    word = b"C\xe9\xff"
    status, output, errors = ner_lime("tag", "--tokens", model, b"Java " + word)
    assert (status, errors) == (0, "")
    assert output.splitlines()[1].startswith(word + b"\t")
    status, output, _ = ner_lime("explain", "--tokens", "--model", model, "-", given=b"Java \0 " + word)
    assert status == 0
    assert "␀" in output.decode()
    assert "C⟨U+DCE9⟩⟨U+DCFF⟩" in output.decode()
    status, output, errors = ner_lime("explain", "--tokens", "--model", model, "--label", word, "Java")
    assert (status, output, errors.count("\n")) == (1, b"", 1)
    assert b"Traceback" not in errors.encode()


def test_any_script_is_shown(model: str) -> None:
    text = "שלום Python عربى 👩‍💻 日本語 café"
    status, output, errors = ner_lime("explain", "--tokens", "--model", model, text)
    assert (status, errors) == (0, "")
    for word in text.split():
        assert word in output.decode()
    status, output, errors = ner_lime("explain", "--tokens", "--model", model, text, PYTHONIOENCODING="ascii")
    assert (status, errors) == (0, "")
    assert output.isascii()
    assert b"caf\\xe9" in output


def test_a_word_of_100_000(jobs: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    nl.CRFTagger(window=0, max_iterations=10).fit(nl.read_iob(jobs / "test.tsv")[:50]).save(model)
    given = (b"years of Java and Python experience " * 16_667)[:-1]
    arguments = ("explain", "--tokens", "--model", str(model), "--word-index", "70000", "-")
    status, output, errors = ner_lime(*arguments, given=given)
    assert (status, errors) == (0, "")
    assert "\nPython is " in output.decode()


@posix
def test_a_reader_that_leaves_is_no_fault(model: str) -> None:
    command = [*COMMAND, "tag", "--tokens", model, "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"Java and Python\n" * 30_000)
        process.stdin.close()
        assert process.stdout.readline().startswith(b"Java\t")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
@pytest.mark.parametrize("arguments", [["--help"], ["explain", "--tokens", TEXT]])
def test_a_full_disk_behind_standard_output(model: str, arguments: list[str]) -> None:
    if arguments[0] == "explain":
        arguments = [*arguments, "--model", model]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False
        )
    assert (done.returncode, done.stderr) == (1, "ner-lime: error: standard output: No space left on device\n")


def interrupted(tmp_path: Path, arguments: Callable[[str], list[str]]) -> None:
    """Interrupt a process that has opened a named pipe and waits for what comes through it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [*COMMAND, *arguments(str(pipe))], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    with pipe.open("wb"):  # returns once the other end is open
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (130, b"", b"ner-lime: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@posix
def test_an_interrupted_training_leaves_nothing(tmp_path: Path) -> None:
    interrupted(tmp_path, lambda pipe: ["train", pipe, "-o", str(tmp_path / "model")])


@posix
def test_an_interrupted_tagging_leaves_nothing(tmp_path: Path, model: str) -> None:
    interrupted(tmp_path, lambda pipe: ["tag", model, "--input", pipe])


def on_a_terminal(arguments: list[str], columns: int, *, interrupt_at: str | None = None, **variables: str) -> str:
    """What a terminal of so many columns gets; Ctrl-C is sent once it has seen the pattern `interrupt_at`."""
    import fcntl
    import pty
    import struct
    import termios

    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=inner, stdout=inner, stderr=inner, env=environment(TERM="xterm", **variables)
    )
    os.close(inner)
    shown = b""
    while True:
        try:
            piece = os.read(outer, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
        if interrupt_at is not None and re.search(interrupt_at, shown.decode(errors="replace")):
            process.send_signal(signal.SIGINT)
            interrupt_at = None
    os.close(outer)
    assert process.wait(60) == 0
    return shown.decode()


@posix
def test_a_terminal_gets_colours_within_its_width(model: str) -> None:
    arguments = ["explain", "--tokens", "--model", model, "--word-index", "4", TEXT]
    colored = on_a_terminal(arguments, 60)
    assert "\x1b[" in colored
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert max(map(len, plain.splitlines())) <= 60
    assert on_a_terminal(arguments, 60, NO_COLOR="1") == plain
    assert on_a_terminal(arguments, 80, NO_COLOR="1").replace("\r", "") == ner_lime(*arguments)[1].decode()


@posix
@pytest.mark.parametrize(
    ("says", "unicode"),
    [
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "xx_YY.utf8"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "C"}, False),
        ({}, False),
        ({"LC_ALL": "C", "LANG": "C.UTF-8"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "C", "PYTHONUTF8": "1"}, True),
    ],
)
def test_a_terminal_without_utf8_gets_ascii_and_a_pipe_does_not_change(
    model: str, says: dict[str, str], unicode: bool
) -> None:
    variables = {"LC_ALL": "", "LC_CTYPE": "", "LANG": "", "PYTHONUTF8": "", "NO_COLOR": "1", **says}
    arguments = ["explain", "--tokens", "--model", model, "--word-index", "4", TEXT]
    shown = on_a_terminal(arguments, 80, **variables)
    assert shown.isascii() != unicode
    assert ("»UI/UX«" if unicode else ">>UI/UX<<") in shown
    assert ner_lime(*arguments, **variables) == ner_lime(*arguments)


@posix
def test_a_terminal_sees_no_control_characters_of_a_text(model: str) -> None:
    shown = on_a_terminal(["tag", "--tokens", model, "a\x1b[31mb \x07"], 80)
    assert shown.splitlines()[0].startswith("a␛[31mb\t")
    assert not set(shown) & {"\x1b", "\x07"}


@posix
def test_a_model_that_is_kept_is_not_said_to_be_trained(tmp_path: Path) -> None:
    arguments = ["explain", "--tokens", "--word-index", "4", TEXT]
    first, second = (on_a_terminal(arguments, 80, NER_LIME_CACHE=str(tmp_path)) for _ in range(2))
    assert "training the embedded model" in first
    assert "training" not in second


@posix
def test_progress_goes_to_a_terminal_only(jobs: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.tsv"
    nl.write_iob(nl.read_iob(jobs / "test.tsv")[:20], corpus)
    arguments = ["train", str(corpus), "--iterations", "3", "-o"]
    assert "training" in on_a_terminal([*arguments, str(tmp_path / "a")], 80)
    ascii_only = on_a_terminal([*arguments, str(tmp_path / "c")], 80, PYTHONUTF8="", LC_ALL="C")
    assert "training" in ascii_only
    assert ascii_only.isascii()
    assert ner_lime(*arguments, str(tmp_path / "b")) == (0, b"", "")


@posix
def test_an_interrupted_report_holds_what_was_done(jobs: Path, tmp_path: Path, model: str) -> None:
    corpus, page = tmp_path / "corpus.tsv", tmp_path / "report.html"
    nl.write_iob(nl.read_iob(jobs / "train.tsv"), corpus)
    arguments = ["report", "--model", model, str(corpus), "-o", str(page), "--per-kind", "100000"]
    shown = on_a_terminal(arguments, 80, interrupt_at=r" [1-9]\d*/\d+")
    found = re.search(r"interrupted: .*report.html holds the (\d+) mistakes that were explained", shown)
    assert found, shown
    written = page.read_text(encoding="utf-8")
    assert f"Interrupted: {found[1]} mistakes were explained" in written
    assert written.count('class="mistake"') == int(found[1])
    assert written.rstrip().endswith("</html>")
