"""What every page of ner-lime has: templates that escape, style and script inside, a policy that allows only them."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ner_lime.errors import InputError
from ner_lime.files import replacing
from ner_lime.render.page import shade, signed
from ner_lime.render.scale import short
from ner_lime.render.visible import visible


def render(template: str, *, styles: tuple[str, ...], script: str, **content: Any) -> str:
    """Fill a template; `style`, `script` and the Content-Security-Policy `policy` are there for it to place.

    Parameters
    ----------
    template, styles, script : str
        Names of files in ``templates``; the styles follow each other.
    **content
        Whatever the template reads. Strings are escaped, and what is hidden in them is made visible.
    """
    style, code = joined(*styles), joined(script)
    return fill(template, **content, style=style, script=code, policy=policy(style, code))


def fill(template: str, **content: Any) -> str:
    """Fill a template: a page that has style and script already, or a part of one."""
    return _environment().get_template(template).render(**content)


def joined(*names: str) -> Markup:
    """Styles or scripts after each other, without their comments and indentation: every page carries them."""
    return Markup("\n").join(map(_source, names))


def policy(style: str, script: str, *more: str) -> str:
    """Make the Content-Security-Policy: this style, this script and nothing else, save for `more` directives."""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode('ascii')}'"

    directives = ("default-src 'none'", f"style-src {digest(style)}", f"script-src {digest(script)}")
    return "; ".join((*directives, "base-uri 'none'", "form-action 'none'", *more))


def write_page(page: str, path: str | Path) -> None:
    """Write a page; the file is replaced as a whole, or left as it was.

    Raises
    ------
    InputError
        The folder does not exist.
    OSError
        The file can't be written.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"expected a folder for {path.name}, found none at {path.parent}: make it first")
    with replacing(path) as binary:
        binary.write(page.encode())


def shown(value: Any) -> Any:
    """Make every string fit to be shown; line breaks and tabs stay, and so does what is HTML already."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, keep="\n\t")
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ner_lime.render"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"signed": signed, "shade": shade, "short": short}
    return environment


@lru_cache(maxsize=16)
def _source(name: str) -> Markup:
    """Read a style or a script; no string in them has ``//`` between blanks, or a space that matters after a mark."""
    environment = _environment()
    assert environment.loader is not None
    source = re.sub(r"/\*.*?\*/", "", environment.loader.get_source(environment, name)[0], flags=re.DOTALL)
    lines = (re.sub(r"(^|\s)// .*", "", line).strip() for line in source.splitlines())
    short = "\n".join(filter(None, lines))
    if name.endswith(".css"):
        short = re.sub(r"\s*([{};,])\s*|(:)\s+", r"\1\2", short)
    return Markup(short)
