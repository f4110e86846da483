"""A new plugin without changes: installed beside the others, its own tests pass, and its recipe runs."""

import importlib.metadata
import itertools
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ganforge.cli.app import app
from ganforge.errors import UsageError
from ganforge.scaffold.package import PARTS, Package, plugin_name, write


def installed(folder: Path, package: Package) -> dict[str, str]:
    """Return an environment with the package installed in editable form: by its metadata and a path."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / "src" / f"{package.module}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = "".join(f"{key} = {value}\n" for key, value in project["entry-points"]["ganforge"].items())
    (info / "entry_points.txt").write_text(f"[ganforge]\n{points}")
    return {**os.environ, "PYTHONPATH": str(folder / "src"), "OMP_NUM_THREADS": "1"}


def perform(environment, *words, cwd):
    return subprocess.run([sys.executable, "-m", *words], env=environment, cwd=cwd, capture_output=True, text=True)


class TestAllOfIt:
    @pytest.fixture(scope="class")
    @classmethod
    def acme(cls, tmp_path_factory):
        folder = tmp_path_factory.mktemp("new") / "ganforge-acme-labs"
        package = Package("acme-labs", 'Components "of" ACME \\ Labs.', 'A. "Cme"')
        write(package, folder)
        return folder, installed(folder, package)

    def test_its_own_tests_pass(self, acme):
        folder, environment = acme
        done = perform(environment, "pytest", "-q", "-p", "no:cacheprovider", cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "passed" in done.stdout

    def test_its_components_are_listed_and_pass_the_linter(self, acme):
        folder, environment = acme
        listed = perform(environment, "ganforge", "list", "--plugin", "acme-labs", cwd=folder).stdout
        for name in ("edges", "charbonnier", "patch-discriminator", "shapes"):
            assert f"acme-labs/{name} " in listed
        done = perform(environment, "ruff", "check", ".", "--no-cache", cwd=folder)
        assert done.returncode == 0, done.stdout

    def test_its_recipe_runs_and_uses_the_new_loss(self, acme, tmp_path):
        folder, environment = acme
        words = ["--runs", str(tmp_path / "runs"), "--cache", str(tmp_path / "cache"), "--set", "train.steps=20"]
        done = perform(environment, "ganforge", "run", "acme_labs", *words, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert '"edges"' in (tmp_path / "runs" / "acme-labs" / "journal.jsonl").read_text()


@pytest.mark.parametrize("parts", [parts for n in range(4) for parts in itertools.combinations(PARTS, n)], ids=str)
def test_what_is_left_out_leaves_no_trace(parts):
    files = Package("acme", "d", parts=parts).files()
    everything = "\n".join([*files.values(), *map(str, files)])
    words = {"loss": "edges", "distance": "charbonnier", "discriminator": "patch", "dataset": "hapes"}
    for part, word in words.items():
        assert (word in everything) == (part in parts), word
    for path, text in files.items():
        if path.suffix == ".py":
            compile(text, str(path), "exec")
        elif path.suffix == ".toml":
            tomllib.loads(text)


@given(st.text(max_size=20) | st.from_regex(r"(ganforge[-_])?[a-z0-9_-]{1,12}", fullmatch=True))
def test_a_name_is_refused_or_makes_names_that_work(text):
    try:
        name = plugin_name(text)
    except UsageError:
        return
    package = Package(name, "d")
    assert package.module.isidentifier()
    assert package.module.isascii()
    assert plugin_name(package.distribution) == plugin_name(package.module) == name
    assert (
        importlib.metadata.EntryPoint(name, f"{package.module}.plugin", "ganforge").module == f"{package.module}.plugin"
    )


@pytest.mark.parametrize("name", ["dtn", "ganforge-basics", "Acme", "a b", "", "9lives", "a.b"])
def test_names_that_nobody_may_have(name):
    with pytest.raises(UsageError):
        plugin_name(name)


class TestTheVerb:
    def perform(self, *words, **more):
        return CliRunner().invoke(app, ["plugin", "new", *words], **more)

    def test_it_asks_for_nothing_where_nobody_can_answer(self, tmp_path):
        done = self.perform("ganforge-acme", "--folder", str(tmp_path / "new"), "--part", "loss")
        assert done.exit_code == 0
        assert "ganforge run acme" in done.output
        assert (tmp_path / "new" / "src" / "ganforge_acme" / "edges.py").is_file()
        assert not (tmp_path / "new" / "src" / "ganforge_acme" / "shapes.py").exists()

    def test_it_overwrites_nothing(self, tmp_path):
        (tmp_path / "mine.txt").write_text("mine")
        done = self.perform("acme", "--folder", str(tmp_path))
        assert isinstance(done.exception, UsageError)
        assert "--folder" in str(done.exception)
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]

    def test_a_new_repository_is_no_obstacle(self, tmp_path):
        (tmp_path / ".git").mkdir()
        assert self.perform("acme", "--folder", str(tmp_path)).exit_code == 0

    def test_without_a_name(self):
        assert "needs a name" in str(self.perform().exception)
