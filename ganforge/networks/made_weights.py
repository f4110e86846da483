"""Weights that a plugin may use but not ship: made once on the user's machine, of a file that someone published.

The published file is read by a reader that executes nothing, and becomes safetensors in the folder of weights. Both are
verified by their digests, so a network that loads the result has exactly the declared weights.
"""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path

from ganforge import atomic
from ganforge.data.download import Progress, download
from ganforge.data.images import DataFile
from ganforge.errors import GanforgeError, RunError, os_errors_as
from ganforge.plugins.component import made_weights
from ganforge.plugins.entry import Entry
from ganforge.plugins.weights_source import WeightsSource
from ganforge.regular_file import require_file, sha256
from ganforge.runs import tensor_file


def source_of(entry: Entry) -> WeightsSource:
    """Return the source of a component's weights.

    Raises:
        GanforgeError: the component declares none, or not a `WeightsSource`.
    """
    declared = entry.component.weights_source
    if declared is None:
        raise GanforgeError(f"{entry.name!r} has no weights to download", fix=f"`ganforge show {entry.name}`")
    module, attribute = declared.split(":")
    found = getattr(importlib.import_module(module), attribute)
    if not isinstance(found, WeightsSource):
        raise GanforgeError(
            f"the source of weights {declared} is a {type(found).__name__}, not a WeightsSource",
            fix=f"report it to the author of {entry.origin}",
        )
    return found


def make_weights(entry: Entry, given: Path | None = None, progress: Progress | None = None) -> tuple[Path, bool]:
    """Make the file of a component's weights, unless it is there; return its path and whether it was made.

    Args:
        entry: the component.
        given: the published file; by default it is looked for on this machine, then downloaded.
        progress: of the download.

    Raises:
        GanforgeError: the published file cannot be had, or is another one; or its tensors are not what the component
            declares.
    """
    source, component = source_of(entry), entry.component
    assert component.weights is not None  # a source comes with a name and a digest
    target = made_weights(component.weights)
    if target.is_file() and sha256(target) == component.sha256:
        return target, False
    published = given or (source.find() if source.find else None)
    if published is None:
        if source.url is None:
            raise RunError(f"{source.name} is not on this machine", fix=source.fix)
        published = target.parent / source.name
        download([DataFile(published, source.url, source.md5)], progress=progress)
    try:
        require_file(published)
        digest = sha256(published)
    except OSError as error:
        raise RunError(f"cannot read {published}: {error.strerror or error}", fix=source.fix) from error
    if digest != source.sha256:
        raise RunError(
            f"{published} is not {source.name}: its SHA-256 is {digest}, not {source.sha256}", fix=source.fix
        )
    data = tensor_file.encode(source.read(published))
    if hashlib.sha256(data).hexdigest() != component.sha256:
        raise RunError(
            f"the weights read from {published} are not what {entry.name!r} declares",
            fix=f"report it to the author of {entry.origin}, with the versions that `ganforge doctor` prints",
        )
    with os_errors_as(RunError, f"{target} cannot be written", fix="set GANFORGE_WEIGHTS to another folder"):
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_file(target, data)
    return target, True
