"""`ganforge schema`, and the schema beside copies of recipes."""

from __future__ import annotations

import json
import tomllib

import pytest
from jsonschema import Draft7Validator

from ganforge.editor.schema_cache import NAME
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import check_document
from ganforge.recipe.document import parse_document
from ganforge.recipe.library import shipped_recipes

SHIPPED = shipped_recipes(Registry())
LINE = f"#:schema {NAME}\n"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("GANFORGE_CACHE", str(folder))
    return folder


def test_it_is_printed_or_written(ganforge, tmp_path):
    printed = ganforge("schema")
    assert (printed.code, printed.err) == (0, "")
    Draft7Validator.check_schema(json.loads(printed.out))
    result = ganforge("schema", "-o", tmp_path)
    assert result.out == f"{tmp_path / NAME}\n"
    assert (tmp_path / NAME).read_text() == printed.out
    assert ganforge("schema", "-o", tmp_path / "new" / "mine.json").code == 0
    assert (tmp_path / "new" / "mine.json").read_text() == printed.out


def test_what_is_left_out_is_told(ganforge, site):
    site.install("acme", {"acme_x": "import no_such_module"}, '"loss", "lost", "acme_x:f", "A loss."')
    result = ganforge("schema")
    assert result.code == 0
    assert result.err.startswith("warning: left out: the loss 'acme/lost'")
    assert "acme/lost" not in result.out


def test_a_folder_that_cannot_be_written_to_is_told(ganforge, tmp_path):
    (tmp_path / "file").write_text("")
    result = ganforge("schema", "-o", tmp_path / "file" / "x.json")
    assert result.code == 1
    assert result.err.startswith("error: ")


@pytest.mark.parametrize("recipe", SHIPPED, ids=lambda recipe: recipe.name)
def test_what_is_shipped_asks_for_it_in_its_first_line(recipe):
    assert recipe.path.read_text(encoding="utf-8").startswith(LINE), f"write {LINE.strip()} above it"


@pytest.mark.parametrize("recipe", [one for one in SHIPPED if not one.is_study], ids=lambda recipe: recipe.name)
def test_the_line_changes_no_identity(recipe):
    text = recipe.path.read_text(encoding="utf-8")
    with_line, without = (
        check_document(parse_document(one, recipe.path), Registry()) for one in (text, text.removeprefix(LINE))
    )
    assert with_line.hash == without.hash


@pytest.mark.parametrize("name", ["quickstart", "table1"])
def test_a_copy_has_it_beside_it(name, ganforge, tmp_path):
    result = ganforge("copy", name, tmp_path)
    assert result.code == 0
    copies = sorted(tmp_path.rglob("*.toml"))
    assert copies
    for path in copies:
        schema = path.with_name(path.read_text().splitlines()[0].removeprefix("#:schema "))
        assert f"{schema}\n" in result.out
        validator = Draft7Validator(json.loads(schema.read_text()))
        assert list(validator.iter_errors(tomllib.loads(path.read_text()))) == []
