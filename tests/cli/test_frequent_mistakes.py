"""Mistakes in recipes that many people make: each message says what was meant, and where."""

from __future__ import annotations

import pytest

import ganforge as package
from small_run import CLASSIFIER, STREET, variant

RECIPE = variant(CLASSIFIER, {"data.images": STREET})
LAST = RECIPE.count("\n") + 1


@pytest.fixture(autouse=True)
def _folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def message(ganforge, tmp_path):
    """Return the message of `check` about the small recipe with lines at its end."""

    def message(text, *arguments):
        (tmp_path / "small.toml").write_text(RECIPE + text)
        result = ganforge("check", "small.toml", *arguments)
        assert result.code == 2
        return result.err

    return message


def number(text):
    return RECIPE.split("\n").index(text) + 1


TOML = {
    '[data.other]\npath = "C:\\data"': "begins an escape sequence\n  fix: write 'C:\\data' in single quotes",
    '[data.other]\npath = "C:\\Users\\me"': "begins an escape sequence\n  fix: write 'C:\\Users\\me' in single quotes",
    "[losses.other]\nweight = 4,0  # four": "4,0 is no number\n  fix: write a decimal point: 4.0",
}


@pytest.mark.promise("Frequent slips in a recipe are told with what was meant.", about="folders")
@pytest.mark.parametrize("text", TOML)
def test_toml_that_is_meant_otherwise(message, text):
    found = message(text)
    assert found.startswith(f"error: small.toml:{LAST + 1}: ")
    assert TOML[text] in found


@pytest.mark.parametrize(
    ("text", "what", "first"),
    [
        ("[train]  # again\nkeep = 3", "[train]", number("[train]")),
        ("batch_size = 5", "batch_size", number("batch_size = 8")),
        ("keep = [\n1]\nkeep = 3", "keep", LAST),
    ],
)
def test_what_is_there_twice_names_the_first(message, text, what, first):
    found = message(text)
    place = LAST + (text.count("\n") if what == "keep" else 0)
    assert found.startswith(f"error: small.toml:{place}: {what} is there twice, first in line {first}\n")


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("lr = 0.1", "it belongs in [optimizers.ROLE], as lr"),
        ('device = "cuda"', "--device on the command line"),
        ("seed = 3", "it belongs in [recipe]"),
        ("batchsize = 3", "did you mean 'batch_size'?"),
        ("number = 3", "known: accumulate, batch_size"),
        ("[networks.classifier.x]\n[model]", "known: data, evaluate"),
    ],
)
def test_a_name_is_proposed_only_if_it_is_near(message, text, fix):
    assert f"  fix: {fix}" in message(text).replace("a recipe says nothing of the machine: ", "")


@pytest.mark.parametrize("arguments", [("--set", "train.steps=1e3"), ("--set", "train.steps=1000.0")])
def test_a_whole_number_is_written_without_a_point(message, arguments):
    assert "train.steps must be an integer, not 1000.0: write 1000\n" in message("", *arguments)


def test_one_override_may_be_a_string(tmp_path):
    (tmp_path / "small.toml").write_text(RECIPE)
    path = package.run("small.toml", "train.steps=1", out=tmp_path / "run", cache=tmp_path / "cache", device="cpu")
    assert "steps = 1\n" in (path / "recipe.toml").read_text()
