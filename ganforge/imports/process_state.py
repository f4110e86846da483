"""State of the process that the core relies on and an import may change: read, compared, put back.

Watched are stderr, the working directory, the search path, environment variables that ganforge or torch read, filters
that concern every warning, the handlers of SIGINT and SIGTERM, the root logger, and torch's settings and a handful of
its functions. What has changed is put back, but for functions: whoever replaced those may have replaced others too.
Nothing else is watched: no other module's attributes, no random generators (a run seeds what it draws from), and
nothing that happens later.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ganforge.imports import torch_state

VARIABLES = ("GANFORGE_", "CUDA_", "CUBLAS_", "NVIDIA_", "TORCH_", "PYTORCH_", "OMP_", "MKL_", "KMP_", "PYTHON")
"""What the names of environment variables that count begin with."""
_PATH = "sys.path"
_SIGNALS = {f"the handler of {one.name}": one for one in (signal.SIGINT, signal.SIGTERM)}
_EVERY_WARNING = (Warning, UserWarning, RuntimeWarning, FutureWarning)

State = list[dict[str, Any]]


class Watched(NamedTuple):
    """A part of the state.

    Attributes:
        read: its values by name; a value of None means that there is none, or none is known.
        put_back: sets values that were read before.
    """

    read: Callable[[], dict[str, Any]]
    put_back: Callable[[Mapping[str, Any]], object]


def read() -> State:
    """The state now, part by part."""
    return [_read(part) for part in PARTS]


def put_back(before: State) -> tuple[str, ...]:
    """Put the state back as far as possible.

    Returns:
        What had changed, each by its name; what has been put back says so.
    """
    said: list[str] = []
    for part, old in zip(PARTS, before, strict=True):
        changed = _changed(old, _read(part))
        if changed:
            with contextlib.suppress(Exception):
                part.put_back(old)
            left = _changed(old, _read(part))
            said += [name if name in left else f"{name} (put back)" for name in changed]
    return tuple(said)


def _read(part: Watched) -> dict[str, Any]:
    try:
        return part.read()
    except Exception:  # such as a working directory that has been removed
        return {}


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [name for name in dict.fromkeys([*old, *new]) if _differs(name, old.get(name), new.get(name))]


def _differs(name: str, old: Any, new: Any) -> bool:
    if name == _PATH:  # what is added at the end shadows nothing
        return bool(new[: len(old)] != old)
    if name in torch_state.SETTINGS and old is None:
        return False
    return bool(old != new)


def _put_back_path(before: Mapping[str, Any]) -> None:
    old = before[_PATH]
    sys.path[:] = [*old, *(folder for folder in sys.path if folder not in old)]


def _environment() -> dict[str, Any]:
    return {f"${name}": value for name, value in os.environ.items() if name.startswith(VARIABLES)}


def _put_back_environment(before: Mapping[str, Any]) -> None:
    for name in _changed(before, _environment()):
        if name in before:
            os.environ[name[1:]] = before[name]
        else:
            del os.environ[name[1:]]


def _filters() -> dict[str, Any]:
    """What is done to every warning of a category, wherever it comes from."""
    return {"what is done to warnings": [(one[0], one[2]) for one in warnings.filters if _is_general(one)]}


def _put_back_filters(before: Mapping[str, Any]) -> None:
    (old,) = before.values()
    kept = [one for one in warnings.filters if not _is_general(one) or (one[0], one[2]) in old]
    warnings.filters[:] = kept  # type: ignore[index]


def _is_general(entry: tuple[Any, ...]) -> bool:
    _, message, category, module, _ = entry
    return message is None and module is None and category in _EVERY_WARNING


def _put_back_signals(before: Mapping[str, Any]) -> None:
    for name, handler in before.items():
        signal.signal(_SIGNALS[name], handler)


def _logging() -> dict[str, Any]:
    root = logging.root
    return {"the root logger's level": root.level, "the root logger's handlers": list(root.handlers)}


def _put_back_logging(before: Mapping[str, Any]) -> None:
    level, logging.root.handlers[:] = before.values()
    logging.root.setLevel(level)


PARTS = (
    Watched(lambda: {"sys.stderr": sys.stderr}, lambda before: setattr(sys, "stderr", *before.values())),
    Watched(lambda: {"the working directory": os.getcwd()}, lambda before: os.chdir(*before.values())),
    Watched(lambda: {_PATH: list(sys.path)}, _put_back_path),
    Watched(_environment, _put_back_environment),
    Watched(_filters, _put_back_filters),
    Watched(lambda: {name: signal.getsignal(one) for name, one in _SIGNALS.items()}, _put_back_signals),
    Watched(_logging, _put_back_logging),
    Watched(torch_state.settings, torch_state.put_back),
    Watched(torch_state.replaced, lambda before: None),
)
