"""A page that is opened in a real Chromium from a file, and must be content with itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def opened(browser: Any, source: str, path: Path) -> Iterator[Callable[..., Any]]:
    """A function that opens the page; nothing may be complained about, and nothing asked for but the page."""
    path.write_text(source, encoding="utf-8")
    heard: list[str] = []
    contexts = []

    def open_page(**options: Any) -> Any:
        contexts.append(browser.new_context(**{"viewport": DESK, **options}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: heard.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: heard.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert {address.partition("#")[0] for address in heard} == {path.as_uri()}


def axe_violations(page: Any) -> list[tuple[str, list[str]]]:
    """What axe finds: the rule and the elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    violations = axe.Axe().run(page).response["violations"]
    return [(v["id"], [node["html"] for node in v["nodes"]]) for v in violations]
