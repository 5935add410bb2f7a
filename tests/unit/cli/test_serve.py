"""`ner-lime serve` before it serves: its help, its defaults, and what it says where its libraries are missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ner_lime.cli import commands, main
from ner_lime.web.address import Address
from ner_lime.web.limits import Limits


@pytest.mark.parametrize("library", ["uvicorn", "starlette", "h11"])
def test_a_missing_library_is_named_with_its_cure(
    library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith(("ner_lime.web.", f"{library}."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    assert main(["serve", "--model", "nowhere"]) == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors == "ner-lime: error: starlette is not installed; install it with: pip install 'ner-lime[web]'\n"


def test_the_help_loads_nothing_of_it() -> None:
    script = (
        "import sys; from ner_lime.cli import main; status = main(['serve', '--help']);"
        "heavy = {'starlette', 'uvicorn', 'anyio', 'jinja2', 'numpy', 'asyncio'};"
        "print('loaded', sorted(heavy & set(sys.modules)), status)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded [] 0"


def test_the_defaults_are_the_limits_own() -> None:
    with commands.commands["serve"].make_context("serve", []) as context:
        values = dict(context.params)
    assert (values.pop("model"), values.pop("features"), values.pop("model_options")) == (None, None, ())
    for kind in (Limits(), Address()):
        for name in kind.__slots__:
            assert values.pop(name) == getattr(kind, name)
    assert values == {}
