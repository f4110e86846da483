"""Benchmark of `ganforge list` with many plugins installed: 50 of 20 components each.

    python benchmarks/list.py

The plugins are made-up distributions (a package of two modules and its metadata) in a temporary folder on the path.
Each measurement is a new process that runs the whole command and then says whether torch was imported. Two kinds of
start are measured in turn: `compiled`, with the bytecode of all modules kept from the previous start, as Python does by
default, and `uncompiled`, without it, so that the plugins and all other uncompiled modules are compiled again. Wall and
CPU seconds are printed and written as JSON; CPU seconds do not depend on other work on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ganforge.plugins import KINDS
from ganforge.runs.environment import cpu_model

SCRIPT = """
import sys
from ganforge.cli import main
sys.argv = ["ganforge", "list"]
try:
    main()
except SystemExit as end:
    if end.code:
        raise
print("torch" if "torch" in sys.modules else "no torch", file=sys.stderr)
"""


@dataclass(frozen=True)
class Listed:
    """One `ganforge list`: its seconds, the components that it printed, and whether torch was imported."""

    clock: float
    cpu: float
    components: int
    torch: bool


def install(site: Path, plugins: int, components: int) -> None:
    """Write distributions `ganforge-made-up-00` and so on."""
    for number in range(plugins):
        name = f"made-up-{number:02}"
        package = site / f"ganforge_{name.replace('-', '_')}"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(f'"""Components of {name} for ganforge."""\n')
        declared = "".join(
            f'    Component("{KINDS[index % len(KINDS)]}", "part-{index}", "{package.name}.part_{index}:Part", '
            f'"Part {index} of the plugin {name}, which does nothing at all."),\n'
            for index in range(components)
        )
        (package / "plugin.py").write_text(
            f'"""The plugin `{name}`."""\n\nfrom ganforge.plugins import Component, hookimpl\n\n'
            f"COMPONENTS = (\n{declared})\n\n\n@hookimpl\ndef ganforge_components():\n    return COMPONENTS\n"
        )
        info = site / f"{package.name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ganforge-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[ganforge]\n{name} = {package.name}.plugin\n")


def listed(site: Path, bytecode: Path | None) -> Listed:
    """Run `ganforge list` in a process of its own.

    Args:
        site: the folder of the plugins.
        bytecode: a folder to keep bytecode in; None keeps none.
    """
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "" if bytecode else "1"}
    if bytecode:
        environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Listed(
        clock=seconds,
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        components=sum(line.startswith("  ") for line in done.stdout.splitlines()),
        torch=not done.stderr.endswith("no torch\n"),
    )


def summary(seconds: list[float]) -> dict[str, float]:
    """Median, best and worst."""
    found = {"median": statistics.median(seconds), "best": min(seconds), "worst": max(seconds)}
    return {name: round(value, 3) for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--plugins", type=int, default=50)
    parser.add_argument("--components", type=int, default=20, help="of each plugin")
    parser.add_argument("--repeats", type=int, default=7, help="processes of each kind")
    parser.add_argument("--output", type=Path, help="a JSON file to write")
    options = parser.parse_args()
    load = os.getloadavg()
    runs: dict[str, list[Listed]] = {"compiled": [], "uncompiled": []}
    with tempfile.TemporaryDirectory() as folder:
        site, bytecode = Path(folder, "site"), Path(folder, "bytecode")
        install(site, options.plugins, options.components)
        listed(site, bytecode)  # compiles
        for _ in range(options.repeats):
            runs["compiled"].append(listed(site, bytecode))
            runs["uncompiled"].append(listed(site, None))
    result = {
        "machine": {
            "cpu": cpu_model(),
            "load": [round(value, 2) for value in load],
            "python": platform.python_version(),
        },
        "plugins": options.plugins,
        "components": runs["compiled"][0].components,
        "torch_imported": any(one.torch for each in runs.values() for one in each),
        "seconds": {kind: summary([one.clock for one in each]) for kind, each in runs.items()},
        "cpu_seconds": {kind: summary([one.cpu for one in each]) for kind, each in runs.items()},
    }
    text = json.dumps(result, indent=1)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
