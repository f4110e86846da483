"""The rules of the house: imports go downwards only, the core knows no plugin, files are small."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ganforge

CORE = Path(ganforge.__file__).parent
# From the bottom to the top; rooms of one row may import each other. docs/generate.py writes it into architecture.md.
LAYERS = {
    "contracts": {
        "atomic",
        "contracts",
        "errors",
        "folders",
        "image_size",
        "judge",
        "layers",
        "marks",
        "meaning",
        "method",
        "printable",
        "regular_file",
        "seeding",
        "state",
        "suggest",
        "tensor_header",
        "version",
    },
    "options from signatures; importing foreign code": {"options", "imports"},
    "plugins and their components": {"plugins"},
    "checked recipes": {"recipe"},
    "run directories; images": {"runs", "data"},
    "pages; new plugins": {"report", "scaffold"},
    "quantities and plans; observers of a run": {"quantities", "watching"},
    "live networks: numerics, weights, averages, batch norm": {"networks"},
    "one forward pass, metrics, judges": {"measuring"},
    "steps, and what happens between them": {"training"},
    "one run, from recipe to result": {"engine"},
    "several runs, and the machine": {"study", "doctor"},
    "editor support": {"editor"},
    "verbs": {"cli", "api", "testing", "__init__", "__main__"},
}
LEVEL = {name: level for level, names in enumerate(LAYERS.values()) for name in names}
FILES = sorted(CORE.rglob("*.py"))


def layer(file: Path) -> str:
    return file.relative_to(CORE).parts[0].removesuffix(".py")


def module_name(file: Path) -> str:
    parts = file.relative_to(CORE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {module_name(file) for file in FILES}


def imported(file: Path, deferred: bool = True) -> set[str]:
    """Return the modules that a file imports; with `deferred` also those imported inside functions."""
    tree = ast.parse(file.read_text())
    nodes = ast.walk(tree) if deferred else iter(tree.body)
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (members & MODULES) | ({node.module} if members - MODULES else set())
    return names


def test_every_folder_has_a_layer():
    assert {layer(file) for file in FILES} <= set(LEVEL)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CORE)))
def test_imports_go_downwards(file):
    own = LEVEL[layer(file)]
    for module in imported(file):
        parts = module.split(".")
        if parts[0] == "ganforge" and len(parts) > 1:
            assert LEVEL[parts[1]] <= own, f"{file.name} imports {module} from above"


def test_imports_form_no_circle():
    graph = {module_name(file): imported(file) & (MODULES - {module_name(file)}) for file in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"each of these imports the one before it: {', '.join(error.args[1])}")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CORE)))
def test_the_core_knows_no_plugin(file):
    assert not [module for module in imported(file) if module.startswith("ganforge_")]


@pytest.mark.parametrize("folder", ["options", "imports", "plugins", "recipe", "editor", "cli"])
def test_what_lists_and_checks_imports_no_torch_at_the_top(folder):
    for file in (CORE / folder).glob("*.py"):
        heavy = {"torch", "torchvision", "scipy", "matplotlib"}
        assert not heavy & {module.split(".")[0] for module in imported(file, deferred=False)}, file.name


def test_no_file_is_long_and_most_are_short():
    lengths = sorted(len(file.read_text().splitlines()) for file in FILES)
    assert lengths[-1] <= 400
    assert lengths[len(lengths) // 2] <= 150


def test_no_file_is_a_drawer_for_everything():
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert not drawers & {file.stem for file in FILES}
