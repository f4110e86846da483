"""Process-wide state that the core relies on and that foreign code may change: read, compared and restored.

Covered are stderr, the working directory, the search path, environment variables, filters that apply to every warning,
the handlers of SIGINT and SIGTERM, the root logger, and the settings of torch and numpy. Attributes of other modules
and random generators are not: a run seeds what it draws from.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

VARIABLES = ("GANFORGE_", "CUDA_", "CUBLAS_", "NVIDIA_", "TORCH_", "PYTORCH_", "OMP_", "MKL_", "KMP_", "PYTHON")
"""Prefixes of the environment variables that ganforge or torch reads."""
_PATH = "sys.path"

State = dict[str, Any]
"""Values by name, environment variables as `$NAME`; None for a value that is missing or unknown."""


class Setting(NamedTuple):
    """Functions that return and set a value."""

    get: Callable[[], Any]
    set: Callable[[Any], object]


def _packaged(package: str, get: Callable[[Any], Any], set: Callable[[Any, Any], object], default: Any) -> Setting:
    """Return a setting of a package, which is not imported for this.

    Args:
        package: the package.
        get: return the value, given the package.
        set: set a value, given the package and the value.
        default: the value in a fresh process; None where it depends on the machine.
    """

    def value() -> Any:
        return get(sys.modules[package]) if package in sys.modules else default

    return Setting(value, lambda value: set(sys.modules[package], value))


def _torch(get: str, set: str, default: Any) -> Setting:
    """Return a setting that one function of torch returns and another one sets."""
    return _packaged("torch", lambda torch: getattr(torch, get)(), lambda torch, to: getattr(torch, set)(to), default)


def _cudnn(name: str, default: bool) -> Setting:
    cudnn = attrgetter("backends.cudnn")
    return _packaged(
        "torch", attrgetter(f"backends.cudnn.{name}"), lambda it, to: setattr(cudnn(it), name, to), default
    )


SETTINGS = {
    "torch's default dtype": _packaged(
        "torch",
        lambda torch: str(torch.get_default_dtype()),
        lambda torch, value: torch.set_default_dtype(getattr(torch, value.removeprefix("torch."))),
        "torch.float32",
    ),
    "torch's default device": _packaged(
        "torch",
        lambda torch: str(torch.get_default_device()),
        # Setting a device, even this one, adds time to every call.
        lambda torch, value: torch.set_default_device(None if value == "cpu" else value),
        "cpu",
    ),
    # The mode in numbers: 0 off, 1 warnings, 2 errors.
    "torch's deterministic mode": _torch("get_deterministic_debug_mode", "set_deterministic_debug_mode", 0),
    "torch's autocast": _packaged(
        "torch",
        lambda torch: torch.is_autocast_enabled("cpu"),
        lambda torch, value: torch.set_autocast_enabled("cpu", value),
        False,
    ),
    "torch's number of threads": _torch("get_num_threads", "set_num_threads", None),
    "torch's float32 matmul precision": _torch(
        "get_float32_matmul_precision", "set_float32_matmul_precision", "highest"
    ),
    "torch's gradient mode": _torch("is_grad_enabled", "set_grad_enabled", True),
    "torch's anomaly detection": _torch("is_anomaly_enabled", "set_anomaly_enabled", False),
    "cudnn.allow_tf32": _cudnn("allow_tf32", default=True),
    "cudnn.benchmark": _cudnn("benchmark", default=False),
    "cudnn.deterministic": _cudnn("deterministic", default=False),
    "cudnn.enabled": _cudnn("enabled", default=True),
    "numpy's error handling": _packaged(
        "numpy",
        lambda numpy: numpy.geterr(),
        lambda numpy, value: numpy.seterr(**value),
        {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"},
    ),
}
"""Settings of torch and numpy."""


def read() -> State:
    """Return the state now."""
    return {name: _value(one) for name, one in _ALL.items()} | {f"${key}": value for key, value in os.environ.items()}


def changes(before: State, variables: tuple[str, ...] = VARIABLES) -> dict[str, tuple[Any, Any]]:
    """Return the changes since the state was read: the value before and the one now, by name.

    Args:
        before: the state that was read before.
        variables: prefixes of the environment variables to compare.
    """
    now = read()
    pairs = {name: (before.get(name), now.get(name)) for name in dict.fromkeys([*before, *now])}
    return {name: pair for name, pair in pairs.items() if _differs(name, *pair, variables)}


def restore(before: State, variables: tuple[str, ...] = VARIABLES) -> tuple[str, ...]:
    """Restore the state, except for values that cannot be set.

    Returns:
        The names of the changes, followed by ` (restored)` for those that could be undone.
    """
    changed = changes(before, variables)
    for name, (value, _) in changed.items():
        with contextlib.suppress(Exception):
            if name in _ALL:
                _ALL[name].set(value)
            elif value is None:
                del os.environ[name[1:]]
            else:
                os.environ[name[1:]] = value
    left = changes(before, variables)
    return tuple(name if name in left else f"{name} (restored)" for name in changed)


def _value(setting: Setting) -> Any:
    try:
        return setting.get()
    except Exception:  # such as a working directory that has been removed
        return None


def _differs(name: str, old: Any, new: Any, variables: tuple[str, ...]) -> bool:
    if name == _PATH:  # an entry added at the end shadows nothing
        return bool(new[: len(old)] != old)
    if name in SETTINGS and old is None:
        return False
    return bool(old != new) and (not name.startswith("$") or name[1:].startswith(variables))


def _restore_path(old: list[str]) -> None:
    sys.path[:] = [*old, *(folder for folder in sys.path if folder not in old)]


def _general_filters() -> list[tuple[Any, Any]]:
    """Return the actions on every warning of a category, regardless of its origin."""
    return [(one[0], one[2]) for one in warnings.filters if _is_general(one)]


def _restore_filters(old: list[tuple[Any, Any]]) -> None:
    kept = [one for one in warnings.filters if not _is_general(one) or (one[0], one[2]) in old]
    warnings.filters[:] = kept  # type: ignore[index]


def _is_general(entry: tuple[Any, ...]) -> bool:
    _, message, category, module, _ = entry
    return message is module is None and category in (Warning, UserWarning, RuntimeWarning, FutureWarning)


def _handler(number: signal.Signals) -> Setting:
    return Setting(lambda: signal.getsignal(number), lambda handler: signal.signal(number, handler))


_ALL = {
    "sys.stderr": Setting(lambda: sys.stderr, lambda stream: setattr(sys, "stderr", stream)),
    "the working directory": Setting(os.getcwd, os.chdir),
    _PATH: Setting(lambda: list(sys.path), _restore_path),
    "the warning filters": Setting(_general_filters, _restore_filters),
    "the handler of SIGINT": _handler(signal.SIGINT),
    "the handler of SIGTERM": _handler(signal.SIGTERM),
    "the root logger's level": Setting(lambda: logging.root.level, logging.root.setLevel),
    "the root logger's handlers": Setting(
        lambda: list(logging.root.handlers), lambda handlers: logging.root.handlers.__setitem__(slice(None), handlers)
    ),
    **SETTINGS,
}
