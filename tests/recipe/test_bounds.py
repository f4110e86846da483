"""Recipes that are made to take memory or time: refused early, with little of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ganforge.errors import RecipeError
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import read_recipe
from ganforge.recipe.document import LARGEST_RECIPE, parse_document, read_document
from memory import spent
from small_run import CLASSIFIER, GAN, STREET, variant, write_images

LIMIT = 64
READ = "from pathlib import Path\nfrom ganforge.recipe.document import read_document"


@pytest.mark.promise("Numbers in a recipe that no machine could serve are mistakes with their line.", about="stranger")
@pytest.mark.parametrize(
    ("base", "key", "value"),
    [
        (CLASSIFIER, "train.batch_size", 9 * 10**18),
        (CLASSIFIER, "train.batch_size", 2**16 + 1),
        (CLASSIFIER, "evaluate.batch_size", 9 * 10**18),
        (GAN, "evaluate.samples", 9 * 10**18),
        (CLASSIFIER, "data.images.resize", 10**9),
        (CLASSIFIER, "data.images.resize", [32, 10**9]),
        (variant(CLASSIFIER, {"data.images": STREET}), "data.images.count", 10**12),
    ],
)
def test_numbers_without_bound_are_mistakes_of_the_recipe(tmp_path: Path, base: str, key: str, value: Any) -> None:
    (tmp_path / "r.toml").write_text(variant(base, {key: value}))
    with pytest.raises(RecipeError, match=r"r\.toml:") as refused:
        read_recipe(tmp_path / "r.toml", Registry())
    assert key.rsplit(".", 1)[1] in str(refused.value)


def test_a_batch_without_bound_takes_no_memory(tmp_path: Path) -> None:
    write_images(tmp_path, "street", 40, 3)
    (tmp_path / "r.toml").write_text(variant(CLASSIFIER, {"train.batch_size": 9 * 10**18}))
    code = "ganforge.run('r.toml', data='.', runs='runs', cache='cache')"
    memory, message = spent("import ganforge, torch, ganforge.engine.run", code, tmp_path)
    assert "batch_size" in message
    assert memory < LIMIT
    assert not (tmp_path / "runs").exists()


LONG = {
    "an array of many lines": "x = [\n" + "  'abc', # [\n" * 40_000 + "]\n",
    "a text of many lines": "x = '''\n" + "[a\n" * 100_000 + "'''\n",
    "many statements": "".join(f"a{number} = 1\n" for number in range(40_000)),
    "many tables": "".join(f"[a.b{number}]\n" for number in range(40_000)),
}


@pytest.mark.promise("A long recipe is read in a time in proportion to its length, or refused.", about="stranger")
@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_recipes_are_read_in_a_time_in_proportion(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.toml").write_text(f"{text}[last]\ny = 1\n")
    # A quadratic reader takes minutes, which `spent` does not wait for.
    assert spent(READ, "read_document(Path('r.toml'))", tmp_path).message == ""
    document = read_document(tmp_path / "r.toml")
    assert document.where(("last", "y")) == f"{tmp_path / 'r.toml'}:{text.count(chr(10)) + 2}"


@pytest.mark.parametrize("part", ["a.", '"a" . ', "'a'.\t"])
@pytest.mark.parametrize("form", ["{}b = 1", "[{}b]", "x = {{ {}b = 1 }}"])
def test_a_key_of_many_parts_is_refused_with_its_line(part: str, form: str) -> None:
    text = f"y = 1\n\n{form.format(part * 100_000)}\n"
    with pytest.raises(RecipeError, match=r"r\.toml:3: a key of more than 100 parts"):
        parse_document(text, Path("r.toml"))


@pytest.mark.parametrize("number", ["9", "-1_0", "0xf", "1.5", "1e5", "2000-01-01 00:00:00.1"])
def test_a_number_without_end_takes_no_memory(tmp_path: Path, number: str) -> None:
    (tmp_path / "r.toml").write_text(f"y = 1\nx = {number}{'0' * 1_000_000}\n")
    memory, message = spent(READ, "read_document(Path('r.toml'))", tmp_path)
    assert message.startswith("r.toml:2: an endless number")
    assert memory < LIMIT


@pytest.mark.parametrize("size", [LARGEST_RECIPE + 1, 1 << 30])
def test_a_file_that_is_no_recipe_is_refused(tmp_path: Path, size: int) -> None:
    with (tmp_path / "r.toml").open("wb") as file:
        file.truncate(size)
    memory, message = spent(READ, "read_document(Path('r.toml'))", tmp_path)
    assert "at most 1,048,576 bytes" in message
    assert memory < LIMIT


def test_lines_are_told_whatever_strings_and_comments_hold() -> None:
    text = '''a = "[" # ] " \'\'\'
b = """
x = 1
[no]\\""" """"" # five quotes
c = [ # [
  "]", \'[\', {d = "}"},
]
[t] # ]
  e = \'\'\'
]\'\'\'\'\'
  f.g = 1
[[u]]
[[u]]
h = 2
'''
    document = parse_document(text, Path("r.toml"))
    lines = {("a",): 1, ("b",): 2, ("c",): 5, ("t",): 8, ("t", "e"): 9, ("t", "f", "g"): 11, ("u", "1", "h"): 14}
    assert {key: document.where(key) for key in lines} == {key: f"r.toml:{line}" for key, line in lines.items()}
