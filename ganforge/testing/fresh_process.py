"""Checks that need a fresh process: side effects of imports, and decoding a dataset a second time.

`python -m ganforge.testing.fresh_process` reads a question as JSON from its standard input.
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


@functools.cache
def import_plugin(plugin: Plugin) -> dict[str, Any]:
    """List a plugin's components, then import them, in another process.

    Returns:
        `heavy`: the heavy packages that listing imports; `changes`: the setting that importing a component changes, by
        its target, for components that change one.
    """
    targets = [component.target for component in plugin.components]
    answer: dict[str, Any] = _ask({"plugin": plugin.target, "targets": targets})
    return answer


def digest(target: str, options: dict[str, Any]) -> str:
    """Return the digest of a dataset decoded in another process, which hashes strings differently."""
    answer: str = _ask({"digest": target, "options": options}, PYTHONHASHSEED="4711")
    return answer


def digest_of(decoded: Images) -> str:
    """Return the SHA-256 of images and labels."""
    found = hashlib.sha256(f"{decoded.images.dtype} {decoded.images.shape}".encode())
    found.update(decoded.images.tobytes())
    found.update(b"" if decoded.labels is None else decoded.labels.tobytes())
    return found.hexdigest()


def _ask(question: dict[str, Any], **environment: str) -> Any:
    """Put a question to a new process.

    Raises:
        GanforgeError: it ends without an answer.
    """
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ganforge.testing.fresh_process"],
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
    from ganforge.testing.surroundings import changed, settings

    before = settings()
    with contextlib.suppress(Exception):  # another check reports what cannot be imported
        importlib.import_module(target.partition(":")[0])
    return changed(before)


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
