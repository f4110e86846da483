"""What only a new process can tell: what listing and importing a plugin does, and what another process decodes.

The questions are asked with `python -m ganforge.testing.fresh`, as JSON on its standard input.
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
from ganforge.imports.watched_import import HEAVY

if TYPE_CHECKING:
    from ganforge.data.images import Images
    from ganforge.plugins.loader import Plugin


def listing(plugin: Plugin) -> list[str]:
    """The heavy modules that are imported when a plugin is merely listed."""
    heavy: list[str] = _imports(plugin)["heavy"]
    return heavy


def imports(plugin: Plugin) -> dict[str, str]:
    """The global setting that importing a component changes, by its target; only those that change one."""
    changes: dict[str, str] = _imports(plugin)["changes"]
    return changes


def digest(target: str, options: dict[str, Any]) -> str:
    """The digest of what a dataset decodes in another process, whose hashes of strings and folder are others."""
    answer: str = _ask({"digest": target, "options": options}, PYTHONHASHSEED="4711")
    return answer


def digest_of(decoded: Images) -> str:
    """SHA-256 over images and labels."""
    found = hashlib.sha256(f"{decoded.images.dtype} {decoded.images.shape}".encode())
    found.update(decoded.images.tobytes())
    found.update(b"" if decoded.labels is None else decoded.labels.tobytes())
    return found.hexdigest()


@functools.cache
def _imports(plugin: Plugin) -> dict[str, Any]:
    targets = [component.target for component in plugin.components]
    answer: dict[str, Any] = _ask({"plugin": plugin.target, "targets": targets})
    return answer


def _ask(question: dict[str, Any], **environment: str) -> Any:
    """Put a question to a new process.

    Raises:
        GanforgeError: it ends without an answer.
    """
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ganforge.testing.fresh"],
        input=json.dumps(question, default=str),
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | environment,
        check=False,
    )
    if process.returncode:
        last = (process.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise GanforgeError(f"in a new process it fails: {last}")
    return json.loads(process.stdout.splitlines()[-1])


def _answer(question: dict[str, Any]) -> Any:
    if "digest" in question:
        return _decoded(question["digest"], question["options"])
    plugin = EntryPoint("plugin", question["plugin"], "ganforge").load()
    declare = getattr(plugin, "ganforge_components", None)
    for _ in declare() if declare is not None else ():
        pass
    heavy = [name for name in HEAVY if name in sys.modules]
    changes = {target: change for target in question["targets"] if (change := _changed_by(target)) is not None}
    return {"heavy": heavy, "changes": changes}


def _changed_by(target: str) -> str | None:
    from ganforge.testing.surroundings import changed, flags

    before = flags()
    # What cannot be imported is another check's business.
    with contextlib.suppress(Exception):
        importlib.import_module(target.partition(":")[0])
    return changed(before, flags())


def _decoded(target: str, options: dict[str, Any]) -> str:
    from ganforge.options.schema import schema_of

    module, attribute = target.split(":")
    dataset = getattr(importlib.import_module(module), attribute)
    values, _ = schema_of(dataset, target).validate(options)
    return digest_of(dataset(**values).decode())


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        answered = _answer(json.load(sys.stdin))
    print(json.dumps(answered))
