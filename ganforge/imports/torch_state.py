"""Torch's settings that the core relies on, and the functions that it works with, if torch has been imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from inspect import isclass
from types import FunctionType
from typing import Any, NamedTuple

MODULES = ("torch", "torch.autograd", "torch.nn.functional", "torch.nn.init")
CLASSES = ("torch.nn", "torch.optim")

# What nearly every run works with: none of these may even be another function of torch.
FUNCTIONS = (
    *(("torch.nn.functional", name) for name in ("batch_norm", "conv2d", "conv_transpose2d", "linear", "relu")),
    *(("torch.nn.functional", name) for name in ("cross_entropy", "mse_loss")),
    ("torch.autograd", "grad"),
    ("torch", "manual_seed"),
)


class Setting(NamedTuple):
    """A setting of torch.

    Attributes:
        get: its value, given torch.
        set: sets it, given torch and a value.
        untouched: its value before anybody has set it; None where that depends on the machine.
    """

    get: Callable[[Any], Any]
    set: Callable[[Any, Any], object]
    untouched: Any


SETTINGS = {
    "torch's default type": Setting(
        lambda torch: str(torch.get_default_dtype()),
        lambda torch, value: torch.set_default_dtype(getattr(torch, value.removeprefix("torch."))),
        "torch.float32",
    ),
    "torch's default device": Setting(
        lambda torch: str(torch.get_default_device()),
        # To choose a device, even this one, costs time in every call.
        lambda torch, value: torch.set_default_device(None if value == "cpu" else value),
        "cpu",
    ),
    "torch's deterministic mode": Setting(
        lambda torch: (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        lambda torch, value: torch.use_deterministic_algorithms(value[0], warn_only=value[1]),
        (False, False),
    ),
    "torch's recording of gradients": Setting(
        lambda torch: torch.is_grad_enabled(), lambda torch, value: torch.set_grad_enabled(value), True
    ),
    "torch's precision of float32 products": Setting(
        lambda torch: torch.get_float32_matmul_precision(),
        lambda torch, value: torch.set_float32_matmul_precision(value),
        "highest",
    ),
    "cuDNN's benchmark mode": Setting(
        lambda torch: torch.backends.cudnn.benchmark,
        lambda torch, value: setattr(torch.backends.cudnn, "benchmark", value),
        False,
    ),
    "torch's number of threads": Setting(
        lambda torch: torch.get_num_threads(), lambda torch, value: torch.set_num_threads(value), None
    ),
}


def settings() -> dict[str, Any]:
    """The settings now; those of an untouched torch while there is none."""
    torch = sys.modules.get("torch")
    return {name: setting.get(torch) if torch else setting.untouched for name, setting in SETTINGS.items()}


def put_back(before: Mapping[str, Any]) -> None:
    """Set what differs from `before` as it was."""
    torch = sys.modules["torch"]
    for name, value in settings().items():
        if before[name] is not None and before[name] != value:
            SETTINGS[name].set(torch, before[name])


def replaced() -> dict[str, Any]:
    """The functions and methods that are not torch's own, by name; none while there is no torch."""
    if "torch" not in sys.modules:
        return {}
    found = ((module, name, getattr(sys.modules.get(module), name, None)) for module, name in FUNCTIONS)
    central = {f"{module}.{name}": function for module, name, function in found if not _is_torchs(name, function)}
    return central | {name: function for name, function in _python_functions() if _is_foreign(function)}


def _python_functions() -> Iterator[tuple[str, FunctionType]]:
    """Functions written in Python, with their names: of the modules, and of the classes of networks and optimizers."""
    owners: dict[str, Any] = {name: sys.modules.get(name) for name in MODULES}
    owners["torch.Tensor"] = sys.modules["torch"].Tensor
    for module in CLASSES:
        members = vars(sys.modules[module]) if module in sys.modules else {}
        owners |= {f"{module}.{name}": value for name, value in members.items() if isclass(value)}
    for owner, holder in owners.items():
        for name, value in getattr(holder, "__dict__", {}).items():
            function = getattr(value, "__func__", value) if isinstance(value, staticmethod | classmethod) else value
            if type(function) is FunctionType:
                yield f"{owner}.{name}", function


def _is_foreign(function: FunctionType) -> bool:
    """Whether it is written in a module that torch takes nothing from."""
    package = str(function.__globals__.get("__name__")).partition(".")[0]
    return package not in ("torch", "typing_extensions") and package not in sys.stdlib_module_names


def _is_torchs(name: str, function: Any) -> bool:
    """Whether it is what torch calls by this name: written in one of its modules, or built in."""
    home = getattr(function, "__globals__", {}).get("__name__", getattr(function, "__module__", None))
    return getattr(function, "__name__", None) == name and str(home).partition(".")[0] == "torch"
