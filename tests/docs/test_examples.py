"""The examples of the documentation are what they claim to be: recipes check, code runs, commands and links exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import typer

from ganforge.cli.app import app
from ganforge.errors import RecipeError
from ganforge.plugins import KINDS
from ganforge.plugins.registry import Registry
from ganforge.quantities.planner import make_plan
from ganforge.recipe.check import read_recipe
from ganforge.recipe.library import shipped_recipes

LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def examples(blocks_of: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the complete example of recipes.md as files."""
    folder = tmp_path_factory.mktemp("examples")
    for block in blocks_of("recipes.md"):
        if block.language == "toml" and block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
    return folder


def merged(base: dict[str, Any], fragment: dict[str, Any]) -> dict[str, Any]:
    """Add the tables of a fragment to a recipe: replace those that name components, merge the others."""
    result = {section: dict(tables) for section, tables in base.items()}
    for section, tables in fragment.items():
        if "use" in tables:
            result[section] = tables
            continue
        for name, table in tables.items():
            known = result.setdefault(section, {})
            old = known.get(name, {})
            if isinstance(table, dict):
                # A fragment shows what it is about; a network's weights it may leave to the example.
                kept = {key: old[key] for key in ("weights", "resize", "norm") if key in old}
                known[name] = {**kept, **table} if "use" in table else {**old, **table}
            else:
                known[name] = table
    return result


def test_a_block_of_toml_is_a_recipe_or_a_part_of_one(toml_block: Any, examples: Path, tmp_path: Path) -> None:
    data = tomllib.loads(toml_block.text)
    if toml_block.file:
        make_plan(read_recipe(examples / toml_block.file, Registry()))
        return
    whole = "recipe" in data and "method" in data
    base = {} if whole else tomllib.loads((examples / "transfer.toml").read_text(encoding="utf-8"))
    recipe = examples / f"{toml_block.page.stem}-{toml_block.line}.toml"
    recipe.write_text(tomlkit.dumps(merged(base, data)), encoding="utf-8")
    checked = read_recipe(recipe, Registry())
    if "teacher" in data.get("networks", {}):
        # The page says that this is refused while the teacher is a judge as well.
        with pytest.raises(RecipeError, match="no judge may take part in training"):
            make_plan(checked)
    else:
        make_plan(checked)


def test_the_python_blocks_of_a_page_run_in_their_order(read_page: Path, here: Path, blocks_of: Any) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    for block in blocks_of(read_page):
        if block.language == "python":
            exec(compile("\n" * block.line + block.text, str(read_page), "exec"), names)


def commands(text: str) -> list[list[str]]:
    """Return the ganforge commands of a block, without `uv run`."""
    lines = [shlex.split(line.removeprefix("$ "), comments=True) for line in text.splitlines()]
    lines = [words[2:] if words[:2] == ["uv", "run"] else words for words in lines]
    return [words[1:] for words in lines if words[:1] == ["ganforge"]]


def parse(arguments: list[str]) -> dict[str, Any]:
    """Parse a command line as the program does, without running it."""
    command: Any = typer.main.get_command(app)
    rest = list(arguments)
    while rest[0] == "--no-plugin":
        rest = rest[2:]
    if rest[0].startswith("-"):
        assert rest[0] in [option for parameter in command.params for option in parameter.opts]
        return {}
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    given: dict[str, Any] = command.make_context(arguments[0], rest).params
    return given


@pytest.mark.parametrize("language", ["console", "bash"])
def test_every_command_in_a_block_exists_with_its_options(read_page: Path, language: str, blocks_of: Any) -> None:
    names = [recipe.name for recipe in shipped_recipes(Registry())]
    for block in blocks_of(read_page):
        if block.language == language:
            for arguments in commands(block.text):
                given = parse(arguments)
                if arguments[0] in ("run", "copy") and not given["recipe"].endswith(".toml"):
                    assert given["recipe"] in names


@pytest.mark.parametrize("arguments", [["run"], ["run", "x", "--bogus"], ["show", "x", "--set"]])
def test_a_command_that_does_not_exist_would_be_found(arguments: list[str]) -> None:
    with pytest.raises(Exception, match=r"(?i)missing|no such option|requires an argument"):
        parse(arguments)


def slug(title: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-")


def test_relative_links_lead_somewhere(page: Path) -> None:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for match in LINK.finditer(text):
        target, _, anchor = match["target"].partition("#")
        if target.startswith(("http://", "https://")):
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), match["target"]
        if anchor:
            titles = HEADING.findall(CODE.sub("", path.read_text(encoding="utf-8")))
            assert anchor in [slug(title) for title in titles], match["target"]


def test_every_page_is_on_the_map() -> None:
    folder = Path(__file__).parents[2] / "docs"
    linked = {match["target"] for match in LINK.finditer((folder / "index.md").read_text(encoding="utf-8"))}
    pages = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")} - {"index.md", "results/index.md"}
    assert {page for page in pages if not page.startswith("results/")} <= linked


def test_what_a_run_leaves_behind_is_there(blocks_of: Any, here: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "getting-started.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([\w./]+)` \|", text.partition("What a run leaves behind")[2], re.MULTILINE)
    assert listed
    for name in listed:
        assert (here / "runs" / "quickstart" / name).exists(), name


def test_the_page_on_plugins_speaks_of_every_kind() -> None:
    text = (Path(__file__).parents[2] / "docs" / "writing-a-plugin.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if not re.search(rf"\b{kind}\b", text)] == []
