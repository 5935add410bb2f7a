"""Where results and faults go, and in which characters."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ner_lime.cli.errors import BROKEN_PIPE, INTERRUPTED, run
from ner_lime.cli.output import Medium, medium, write
from ner_lime.errors import InputError


class Screen(io.TextIOWrapper):
    """A standard output that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def screen(encoding: str = "utf-8", kind: type[io.TextIOWrapper] = Screen) -> io.TextIOWrapper:
    return kind(io.BytesIO(), encoding=encoding, newline="")


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "COLUMNS", "LC_ALL", "LC_CTYPE", "PYTHONUTF8"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.usefixtures("bare_environment")
def test_what_a_terminal_can_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((100, 40)))
    monkeypatch.setattr("sys.stdout", screen())
    assert medium(None) == medium("-") == Medium(100, color=True, unicode=True, interactive=True)
    monkeypatch.setattr("sys.stdout", screen("latin-1"))
    assert medium(None) == Medium(100, color=True, unicode=False, interactive=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not medium(None).color
    monkeypatch.setenv("NO_COLOR", "")  # the convention: an empty one says nothing
    assert medium(None).color
    monkeypatch.setenv("TERM", "dumb")
    assert not medium(None).color
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((7, 40)))
    assert medium(None).width == 40


def test_a_pipe_and_a_file_are_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdout", screen(kind=io.TextIOWrapper))
    assert medium(None) == Medium(80, color=False, unicode=True)
    monkeypatch.setattr("sys.stdout", screen("ascii", kind=io.TextIOWrapper))
    assert medium(None) == Medium(80, color=False, unicode=False)
    assert medium("file.txt") == Medium(80, color=False, unicode=True)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", "é☃".encode() + b"\xff\0"), ("latin-1", b"\xe9\\u2603\\udcff\0"), ("ascii", b"\\xe9\\u2603\\udcff\0")],
)
def test_any_character_can_be_printed(monkeypatch: pytest.MonkeyPatch, encoding: str, expected: bytes) -> None:
    stream = screen(encoding)
    monkeypatch.setattr("sys.stdout", stream)
    write("é☃\udcff\0")
    assert stream.buffer.getvalue() == expected


def test_a_closed_standard_output_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    write("nobody reads this")
    assert medium(None) == Medium()


def test_a_file_is_replaced_as_a_whole_or_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    link.symlink_to(real)

    def parts(error: BaseException) -> Iterator[str]:
        yield "new"
        raise error

    for error in (KeyboardInterrupt(), InputError("no")):
        with pytest.raises(type(error)):
            write(parts(error), str(link))
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(InputError, match=r"link\.txt: can't be written: No space left on device"):
            write("new", str(link))
    assert real.read_text() == "old"
    write(["né", "w\udcff"], str(link))
    assert real.read_bytes() == "néw".encode() + b"\xff"
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.txt", "real.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
def test_a_full_device_stays_a_device() -> None:
    with pytest.raises(InputError, match=r"/dev/full: can't be written: No space left on device"):
        write("text", "/dev/full")
    assert Path("/dev/full").is_char_device()


def test_the_library_s_warnings_are_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def verb() -> None:
        logging.getLogger("ner_lime").warning("mind the %s", "gap")

    before = list(logging.getLogger("ner_lime").handlers)
    assert run(verb, "ner-lime", []) == 0
    assert run(verb, "ner-lime", []) == 0
    assert capsys.readouterr() == ("", "ner-lime: mind the gap\n" * 2)
    assert logging.getLogger("ner_lime").handlers == before


def test_nothing_is_drawn_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    from ner_lime.cli.progress import progress

    with progress("working") as show:
        assert show is None
    monkeypatch.setattr("sys.stderr", screen())
    monkeypatch.setenv("TERM", "xterm")
    with progress("nothing to do") as show:
        pass
    assert sys.stderr.buffer.getvalue() == b""
    with progress("working") as show:
        assert show is not None
        show(1, 2)
    assert b"working" in sys.stderr.buffer.getvalue()


def test_no_exception_gets_out(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def status_of(error: BaseException) -> int:
        @click.command()
        def verb() -> None:
            raise error

        return run(verb, "ner-lime", [])

    assert status_of(KeyboardInterrupt()) == INTERRUPTED
    assert capsys.readouterr().err == "ner-lime: interrupted\n"
    assert status_of(BrokenPipeError()) == BROKEN_PIPE
    assert capsys.readouterr().err == ""
    assert status_of(MemoryError()) == 1
    assert capsys.readouterr().err == "ner-lime: error: out of memory\n"
    assert status_of(OSError(28, "No space left on device", "a/b")) == 1
    assert capsys.readouterr().err == "ner-lime: error: a/b: No space left on device\n"
    assert status_of(ZeroDivisionError("a\nb")) == 1
    assert capsys.readouterr().err.startswith("ner-lime: error: ZeroDivisionError: a␊b (")
    monkeypatch.setenv("NER_LIME_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        status_of(ZeroDivisionError())
