"""Checkpoints: tensors and state of a run at one step, in a folder that is complete or absent.

`folder/step-00001000/` holds one safetensors file per group of tensors (such as networks, optimizers, ema),
`state.json` and `manifest.json`. A checkpoint holds no code, and is loaded only if every byte is as written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ganforge import atomic
from ganforge.errors import RunError, os_errors_as
from ganforge.runs import manifest, strict_json, tensor_file
from ganforge.runs.strict_json import JSON

_STATE = "state.json"
_SUFFIX = ".safetensors"
_GROUP = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_STEP = re.compile(r"step-(\d{8,18})")


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint.

    Attributes:
        step: number of training steps done.
        tensors: by group and name, on the CPU.
        state: everything else, as JSON values.
        path: the folder it was read from.
    """

    step: int
    tensors: dict[str, dict[str, Tensor]]
    state: dict[str, JSON]
    path: Path


def save_checkpoint(
    folder: Path, step: int, tensors: Mapping[str, Mapping[str, Tensor]], state: Mapping[str, JSON]
) -> Path:
    """Write `folder/step-<step>`, replacing a checkpoint of the same step, and return its path.

    Args:
        folder: the folder of checkpoints; created if missing.
        step: number of training steps done, from 0.
        tensors: by group (lower-case letters, digits, `_` and `-`) and name; stored to the bit, row-major.
        state: JSON values; floats come back exactly.

    Raises:
        RunError: the disk refused (the OSError is its cause), or something cannot be stored. Existing checkpoints are
            untouched.
    """
    for group in tensors:
        if not _GROUP.fullmatch(group):
            raise RunError(f"{group!r} cannot name a group of tensors: use lower-case letters, digits, '_' and '-'")
    files = {f"{group}{_SUFFIX}": tensor_file.encode(named) for group, named in tensors.items()}
    files[_STATE] = strict_json.dumps(state).encode("ascii")
    path = path_of(folder, step)
    fix = "make room or make the folder writable; earlier checkpoints are untouched"
    with os_errors_as(RunError, f"the checkpoint at step {step} could not be saved in {folder}", fix=fix):
        folder.mkdir(parents=True, exist_ok=True)
        with atomic.folder(path) as temporary:
            manifest.write(temporary, step, files)
    return path


def load_checkpoint(path: Path) -> Checkpoint:
    """Read and verify a checkpoint.

    Raises:
        RunError: the checkpoint is damaged; the message says how.
    """
    step, files = manifest.read(path)
    named = _STEP.fullmatch(path.name)
    if named and int(named[1]) != step:
        raise RunError(
            f"{path} is damaged: it holds step {step}", fix=f"rename it to {path_of(path.parent, step).name}"
        )
    try:
        state = strict_json.loads(files.pop(_STATE))
        if not isinstance(state, dict):
            raise ValueError("not an object")
    except (KeyError, ValueError) as error:
        raise RunError(f"{path} is damaged: {_STATE} cannot be read ({error})") from None
    tensors = {}
    for name, data in files.items():
        try:
            tensors[name.removesuffix(_SUFFIX)] = tensor_file.decode(data)
        except RunError as error:
            raise RunError(f"{path} is damaged: {name}: {error.message}") from error
    return Checkpoint(step, tensors, state, path)


def load_latest(folder: Path, on_damaged: Callable[[Path, str], None]) -> Checkpoint | None:
    """Load the newest valid checkpoint in `folder`; return None if there are no checkpoints.

    Args:
        folder: the folder of checkpoints; need not exist.
        on_damaged: called with the path and the damage of each newer checkpoint that is skipped.

    Raises:
        RunError: no checkpoint is valid.
    """
    damaged = 0
    for path in _newest_first(folder):
        try:
            return load_checkpoint(path)
        except RunError as error:
            on_damaged(path, error.message)
            damaged += 1
    if damaged:
        fix = f"put one back from a copy; or delete {folder}, and the run begins again from step 0"
        raise RunError(f"none of the {damaged} checkpoints in {folder} is valid", fix=fix)
    return None


def remove_old_checkpoints(
    folder: Path, keep: int, protect: Collection[int], on_error: Callable[[Path, str], None]
) -> list[Path]:
    """Remove all but the newest `keep` checkpoints, and return those removed.

    The newest valid checkpoint, found by reading it back, always stays; if none is valid, nothing is removed.

    Args:
        folder: the folder of checkpoints.
        keep: number of checkpoints to keep.
        protect: steps to keep as well, such as the best.
        on_error: called with path and reason for each checkpoint that cannot be removed.
    """
    steps = [path for path in _newest_first(folder) if _STEP.fullmatch(path.name)]
    old = [path for path in steps[max(keep, 0) :] if int(path.name.removeprefix("step-")) not in protect]
    newest_valid = next(filter(_is_valid, steps), None) if old else None
    removed = []
    for path in old:
        if newest_valid is None or path == newest_valid:
            continue
        try:
            atomic.remove_folder(path)
            removed.append(path)
        except OSError as error:
            on_error(path, f"{path} could not be removed: {error.strerror or error}")
    return removed


def _newest_first(folder: Path) -> Iterator[Path]:
    """Yield the folders that may be checkpoints, newest first, including those that a killed writer set aside."""
    with os_errors_as(RunError, f"{folder} cannot be read"):
        names = set(os.listdir(folder)) if folder.exists() else set()
    steps = {int(match[1]) for name in names if (match := _STEP.search(name))}
    for step in sorted(steps, reverse=True):
        for path in (path_of(folder, step), atomic.set_aside(path_of(folder, step))):
            if path.name in names:
                yield path


def _is_valid(path: Path) -> bool:
    with suppress(RunError):
        manifest.read(path)
        return True
    return False


def path_of(folder: Path, step: int) -> Path:
    """Return the path of the checkpoint of a step, whether or not it exists."""
    if step < 0:
        raise RunError(f"a checkpoint cannot be of step {step}")
    return folder / f"step-{step:08d}"
