"""Builds the site from these pages, and fails on any warning.

    uv run --group docs python docs/build.py

The pages are written to be read in the repository as well, where a link may lead to any file. So they are copied to
`build/docs/pages`, and what they link to outside of `docs/` becomes a page beside them: Markdown as it is, a source
file as a block of code. The navigation is the list of `index.md`. The site is then in `build/docs/site`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import tomlkit

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
BUILD = ROOT / "build" / "docs"
LINK = re.compile(r"\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
FENCE = re.compile(r"^(?P<fence>`{3,}).*?^(?P=fence)$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
ENTRY = re.compile(r"^(?P<indent> *)[*-] \[(?P<title>[^\]]+)\]\((?P<target>[^)#]+)\)", re.MULTILINE)
HEADING = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
ASSETS = (".png", ".svg", ".css")
LANGUAGES = {".py": "python", ".toml": "toml", ".json": "json"}


def main() -> None:
    """Write the pages anew and build the site."""
    shutil.rmtree(BUILD, ignore_errors=True)
    for path in sorted(DOCS.rglob("*")):
        if path.suffix in (".md", *ASSETS):
            stage(path)
    config = tomlkit.parse((DOCS / "zensical.toml").read_text(encoding="utf-8")).unwrap()
    config["project"]["nav"] = navigation((DOCS / "index.md").read_text(encoding="utf-8"))
    (BUILD / "zensical.toml").write_text(tomlkit.dumps(config), encoding="utf-8")
    zensical = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    sys.exit(subprocess.run(zensical, cwd=BUILD, check=False).returncode)


def stage(path: Path) -> Path:
    """Copy a file of the repository to the pages, with all that it links to; where it lies there."""
    copy = place(path)
    if copy.exists():
        return copy
    copy.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in ASSETS:
        shutil.copyfile(path, copy)
        return copy
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".md":
        name, language = path.relative_to(ROOT).as_posix(), LANGUAGES.get(path.suffix, "text")
        copy.write_text(f"---\nsearch:\n  exclude: true\n---\n\n# {name}\n\n````{language}\n{text}````\n", "utf-8")
        return copy
    copy.write_text("", "utf-8")  # pages link to each other in circles
    parts, end = [], 0
    for match in FENCE.finditer(text):
        parts += [relink(text[end : match.start()], path), match[0]]
        end = match.end()
    copy.write_text("".join([*parts, relink(text[end:], path)]), "utf-8")
    return copy


def place(path: Path) -> Path:
    """Return the path of a repository file among the pages."""
    if path.is_relative_to(DOCS):
        return BUILD / "pages" / path.relative_to(DOCS)
    name = path.relative_to(ROOT).as_posix()
    return BUILD / "pages" / (name if path.suffix == ".md" else f"source/{name}.md")


def relink(text: str, page: Path) -> str:
    """Return the text of a page, with links and tables adapted to the site."""

    def replace(match: re.Match[str]) -> str:
        if match["target"].startswith(("http:", "https:")):
            return match[0]
        path = (page.parent / match["target"]).resolve()
        if not path.is_file():
            sys.exit(f"{page.relative_to(ROOT)}: the link to {match['target']} leads to no file")
        target = os.path.relpath(stage(path), place(page).parent)
        return f"]({target}{match['anchor'] or ''})"

    # On GitHub a bar in the code of a table's cell needs a backslash; here it would be shown.
    return CODE.sub(lambda match: match[0].replace("\\|", "|"), LINK.sub(replace, text))


def navigation(index: str) -> list[dict[str, Any]]:
    """Return the sections of `index.md` and the pages that each one lists; a nested list is a section of its own."""
    found: list[dict[str, Any]] = [{"Home": "index.md"}]
    titles = [match["title"] for match in HEADING.finditer(index)]
    for title, text in zip(titles, HEADING.split(index)[2::2], strict=True):
        section: list[dict[str, Any]] = []
        for match in ENTRY.finditer(text):
            page = {match["title"]: match["target"].removeprefix("../")}
            if match["indent"]:
                (name, above), *_ = section[-1].items()
                section[-1] = {name: [*(above if isinstance(above, list) else [{"Overview": above}]), page]}
            else:
                section.append(page)
        found.append({title: section})
    return found


if __name__ == "__main__":
    main()
