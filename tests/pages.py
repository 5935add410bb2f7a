"""What a browser would make of a page, as far as tests without a browser ask."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """The tags of a page in order with their attributes, and the text inside of each element by its id or tag."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inner: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(source)

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.inner["data"])

    @property
    def skeleton(self) -> list[str]:
        """The tags, without the marks before words that run against their text."""
        return [tag for tag, attributes in self.tags if attributes.get("class") not in ("ltr", "rtl")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag != "meta":
            self._open.append(dict(attrs).get("id") or tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, _: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in set(self._open):
            self.inner[name] = self.inner.get(name, "") + data
