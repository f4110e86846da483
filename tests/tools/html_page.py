"""A page taken apart."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

VOID = {"meta", "link", "img", "input", "br"}


class Page(HTMLParser):
    """A page taken apart.

    Attributes:
        text: what a reader sees, white space collapsed.
        elements: every element with its attributes.
        open: what was never closed.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.parts: list[str] = []
        self.feed(self.source)
        self.close()
        self.text = re.sub(r"\s+", " ", " ".join(self.parts).replace("\N{NO-BREAK SPACE}", " ")).replace(
            "\N{EN DASH}", "-"
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.parts.append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.elements if "id" in attributes]

    @property
    def charts(self) -> Any:
        found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', self.source, re.DOTALL)
        return json.loads(found[1]) if found else None
