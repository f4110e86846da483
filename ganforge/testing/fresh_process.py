"""Answers of a fresh process: side effects of imports, and the digest of a dataset that is decoded again.

`python -m ganforge.testing.fresh_process` reads the name of a function and its arguments as JSON from standard input.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

from ganforge.errors import GanforgeError
from ganforge.imports import process_state
from ganforge.imports.watched_import import HEAVY

if TYPE_CHECKING:
    from ganforge.data.images import Images
    from ganforge.plugins.loader import Plugin


@functools.cache
def import_plugin(plugin: Plugin) -> dict[str, Any]:
    """List a plugin's components, then import them, in another process.

    Returns:
        `heavy`: the heavy packages that listing imports; `changes`: the setting that importing a component changes, by
        its target, for components that change one.
    """
    targets = [component.target for component in plugin.components]
    found: dict[str, Any] = _ask("_imported", plugin.target, targets)
    return found


def digest(target: str, options: dict[str, Any]) -> str:
    """Return the digest of a dataset decoded in another process, which hashes strings differently."""
    found: str = _ask("_decoded", target, options, PYTHONHASHSEED="4711")
    return found


def digest_of(decoded: Images) -> str:
    """Return the SHA-256 of images and labels."""
    found = hashlib.sha256(f"{decoded.images.dtype} {decoded.images.shape}".encode())
    found.update(decoded.images.tobytes())
    found.update(b"" if decoded.labels is None else decoded.labels.tobytes())
    return found.hexdigest()


def _ask(function: str, *arguments: Any, **environment: str) -> Any:
    """Call a function of this module in a new process; raise GanforgeError if it fails there."""
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ganforge.testing.fresh_process"],
        input=json.dumps([function, *arguments], default=str),
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | environment,
        check=False,
    )
    if process.returncode:
        last = (process.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise GanforgeError(f"in a new process it fails: {last}")
    return json.loads(process.stdout.splitlines()[-1])


def _imported(target: str, components: list[str]) -> dict[str, Any]:
    plugin = EntryPoint("plugin", target, "ganforge").load()
    declare = getattr(plugin, "ganforge_components", None)
    for _ in declare() if declare is not None else ():
        pass
    heavy = [name for name in HEAVY if name in sys.modules]
    # This module imports torch and numpy.
    from ganforge.testing.surroundings import changed

    changes = {}
    for component in components:
        before = process_state.read()
        with contextlib.suppress(Exception):  # another check reports what cannot be imported
            importlib.import_module(component.partition(":")[0])
        if (setting := changed(before)) is not None:
            changes[component] = setting
    return {"heavy": heavy, "changes": changes}


def _decoded(target: str, options: dict[str, Any]) -> str:
    from ganforge.options.schema import schema_of

    module, attribute = target.split(":")
    dataset = getattr(importlib.import_module(module), attribute)
    values, _ = schema_of(dataset, target).validate(options)
    return digest_of(dataset(**values).decode())


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        asked, *given = json.load(sys.stdin)
        answer = globals()[asked](*given)
    print(json.dumps(answer))
