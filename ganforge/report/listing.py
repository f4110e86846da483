"""Recipes as a page lists them: lines, each with what it is."""

from __future__ import annotations

from ganforge.report.facts import Facts

LONGEST_TEXT = 100_000
"""Characters of a recipe that are shown, at most."""
MOST_RECIPES = 12

Lines = list[tuple[str, str]]


def recipes(facts: Facts) -> list[tuple[str, Lines]]:
    """The resolved recipe of a run and those that it names: file name, and lines with what each is."""
    folder = facts.run.path / "recipes"
    others = sorted(folder.glob("*.toml"))[:MOST_RECIPES] if folder.is_dir() else []
    texts = [(facts.run.recipe.name, facts.recipe_text)]
    texts += [(f"recipes/{path.name}", path.read_text(encoding="utf-8", errors="replace")) for path in others]
    return [(name, listed(text)) for name, text in texts if text]


def listed(text: str) -> Lines:
    """The lines of a TOML text, each with the class of its kind."""
    shown = text[:LONGEST_TEXT]
    kinds = {"[": "toml-table", "#": "toml-comment"}
    found = [(kinds.get(line.lstrip()[:1], "toml-key"), line) for line in shown.splitlines()]
    return [*found, ("toml-comment", "# ... and more that is not shown here")] if len(text) > len(shown) else found
