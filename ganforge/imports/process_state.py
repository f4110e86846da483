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
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

VARIABLES = ("GANFORGE_", "CUDA_", "CUBLAS_", "NVIDIA_", "TORCH_", "PYTORCH_", "OMP_", "MKL_", "KMP_", "PYTHON")
"""Prefixes of the environment variables that ganforge or torch reads."""
_PATH = "sys.path"
_SIGNALS = {f"the handler of {one.name}": one for one in (signal.SIGINT, signal.SIGTERM)}
_EVERY_WARNING = (Warning, UserWarning, RuntimeWarning, FutureWarning)

State = list[dict[str, Any]]


class Setting(NamedTuple):
    """A global setting of torch or numpy.

    Attributes:
        package: the package, which is never imported for this.
        get: return the value, given the package.
        set: set a value, given the package and the value.
        default: the value in a fresh process; None where it depends on the machine.
    """

    package: str
    get: Callable[[Any], Any]
    set: Callable[[Any, Any], object]
    default: Any


def _functions(package: str, get: str, set: str, default: Any) -> Setting:
    """Return a setting that a function returns and another one sets."""
    return Setting(
        package, lambda module: getattr(module, get)(), lambda module, value: getattr(module, set)(value), default
    )


def _cudnn(name: str, default: bool) -> Setting:
    return Setting(
        "torch",
        lambda torch: getattr(torch.backends.cudnn, name),
        lambda torch, value: setattr(torch.backends.cudnn, name, value),
        default,
    )


SETTINGS = {
    "torch's default dtype": Setting(
        "torch",
        lambda torch: str(torch.get_default_dtype()),
        lambda torch, value: torch.set_default_dtype(getattr(torch, value.removeprefix("torch."))),
        "torch.float32",
    ),
    "torch's default device": Setting(
        "torch",
        lambda torch: str(torch.get_default_device()),
        # Setting a device, even this one, adds time to every call.
        lambda torch, value: torch.set_default_device(None if value == "cpu" else value),
        "cpu",
    ),
    "torch's deterministic mode": Setting(
        "torch",
        lambda torch: (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        lambda torch, value: torch.use_deterministic_algorithms(value[0], warn_only=value[1]),
        (False, False),
    ),
    "torch's autocast": Setting(
        "torch",
        lambda torch: torch.is_autocast_enabled("cpu"),
        lambda torch, value: torch.set_autocast_enabled("cpu", value),
        False,
    ),
    "torch's number of threads": _functions("torch", "get_num_threads", "set_num_threads", None),
    "torch's float32 matmul precision": _functions(
        "torch", "get_float32_matmul_precision", "set_float32_matmul_precision", "highest"
    ),
    "torch's gradient mode": _functions("torch", "is_grad_enabled", "set_grad_enabled", True),
    "torch's anomaly detection": _functions("torch", "is_anomaly_enabled", "set_anomaly_enabled", False),
    "cudnn.allow_tf32": _cudnn("allow_tf32", default=True),
    "cudnn.benchmark": _cudnn("benchmark", default=False),
    "cudnn.deterministic": _cudnn("deterministic", default=False),
    "cudnn.enabled": _cudnn("enabled", default=True),
    "numpy's error handling": Setting(
        "numpy",
        lambda numpy: numpy.geterr(),
        lambda numpy, value: numpy.seterr(**value),
        {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"},
    ),
}


class Part(NamedTuple):
    """A part of the state.

    Attributes:
        read: return its values by name; None stands for a value that is missing or unknown.
        restore: set values that were read before.
    """

    read: Callable[[], dict[str, Any]]
    restore: Callable[[Mapping[str, Any]], object]


def read() -> State:
    """Return the state now, part by part."""
    return [_read(part) for part in PARTS]


def changes(before: State, variables: tuple[str, ...] = VARIABLES) -> dict[str, tuple[Any, Any]]:
    """Return what has changed: the value before and the one now, by name.

    Args:
        before: the state that was read before.
        variables: prefixes of the environment variables to compare.
    """
    parts = zip(PARTS, before, strict=True)
    return {name: pair for part, old in parts for name, pair in _changes(part, old, variables).items()}


def restore(before: State, variables: tuple[str, ...] = VARIABLES) -> tuple[str, ...]:
    """Restore the state, except for what cannot be restored.

    Returns:
        What had changed, by name; what has been restored says so.
    """
    said: list[str] = []
    for part, old in zip(PARTS, before, strict=True):
        if changed := _changes(part, old, variables):
            with contextlib.suppress(Exception):
                part.restore({name: value for name, (value, _) in changed.items()})
            left = _changes(part, old, variables)
            said += [name if name in left else f"{name} (restored)" for name in changed]
    return tuple(said)


def _read(part: Part) -> dict[str, Any]:
    try:
        return part.read()
    except Exception:  # such as a working directory that has been removed
        return {}


def _changes(part: Part, old: Mapping[str, Any], variables: tuple[str, ...]) -> dict[str, tuple[Any, Any]]:
    new = _read(part)
    pairs = {name: (old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])}
    return {name: pair for name, pair in pairs.items() if _differs(name, *pair, variables)}


def _differs(name: str, old: Any, new: Any, variables: tuple[str, ...]) -> bool:
    if name == _PATH:  # what is added at the end shadows nothing
        return bool(new[: len(old)] != old)
    if name in SETTINGS and old is None:
        return False
    return bool(old != new) and (not name.startswith("$") or name[1:].startswith(variables))


def _settings() -> dict[str, Any]:
    """Return the settings; the defaults of a package that is not imported."""
    packages = {name: sys.modules.get(setting.package) for name, setting in SETTINGS.items()}
    return {name: one.get(packages[name]) if packages[name] else one.default for name, one in SETTINGS.items()}


def _restore_settings(before: Mapping[str, Any]) -> None:
    for name, value in before.items():
        SETTINGS[name].set(sys.modules[SETTINGS[name].package], value)


def _restore_path(before: Mapping[str, Any]) -> None:
    old = before[_PATH]
    sys.path[:] = [*old, *(folder for folder in sys.path if folder not in old)]


def _restore_environment(before: Mapping[str, Any]) -> None:
    for name, value in before.items():
        if value is None:
            del os.environ[name[1:]]
        else:
            os.environ[name[1:]] = value


def _filters() -> dict[str, Any]:
    """Return the actions on every warning of a category, wherever it comes from."""
    return {"the warning filters": [(one[0], one[2]) for one in warnings.filters if _is_general(one)]}


def _restore_filters(before: Mapping[str, Any]) -> None:
    (old,) = before.values()
    kept = [one for one in warnings.filters if not _is_general(one) or (one[0], one[2]) in old]
    warnings.filters[:] = kept  # type: ignore[index]


def _is_general(entry: tuple[Any, ...]) -> bool:
    _, message, category, module, _ = entry
    return message is None and module is None and category in _EVERY_WARNING


def _restore_signals(before: Mapping[str, Any]) -> None:
    for name, handler in before.items():
        signal.signal(_SIGNALS[name], handler)


PARTS = (
    Part(lambda: {"sys.stderr": sys.stderr}, lambda before: setattr(sys, "stderr", *before.values())),
    Part(lambda: {"the working directory": os.getcwd()}, lambda before: os.chdir(*before.values())),
    Part(lambda: {_PATH: list(sys.path)}, _restore_path),
    Part(lambda: {f"${name}": value for name, value in os.environ.items()}, _restore_environment),
    Part(_filters, _restore_filters),
    Part(lambda: {name: signal.getsignal(one) for name, one in _SIGNALS.items()}, _restore_signals),
    Part(
        lambda: {"the root logger's level": logging.root.level}, lambda before: logging.root.setLevel(*before.values())
    ),
    Part(
        lambda: {"the root logger's handlers": list(logging.root.handlers)},
        lambda before: logging.root.handlers.__setitem__(slice(None), *before.values()),
    ),
    Part(_settings, _restore_settings),
)
