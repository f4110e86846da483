"""Numerical settings of a run: device, precision and memory layout."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.recipe.schema import TrainTable


@dataclass(frozen=True)
class Settings:
    """Numerical settings of a run: device, precision (`fp32`, `bf16` by autocast, or `fp64`) and memory layout."""

    device: torch.device
    precision: str
    channels_last: bool

    @property
    def dtype(self) -> torch.dtype:
        """Type of weights and images."""
        return torch.float64 if self.precision == "fp64" else torch.float32

    def cast(self, leaf: Tensor) -> Tensor:
        """Move a leaf to the device; floating values take the type of the weights, classes stay integers.

        A copy from main memory is asynchronous: the device's next operation waits for it, not the program.
        """
        if self.device.type == "cuda" and leaf.device.type == "cpu":
            leaf = leaf.pin_memory()
        dtype = self.dtype if leaf.is_floating_point() else None
        return leaf.to(self.device, dtype, non_blocking=self.device.type != "cpu")

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which training evaluates networks."""
        return torch.autocast(self.device.type, torch.bfloat16) if self.precision == "bf16" else nullcontext()

    def place(self, network: nn.Module) -> nn.Module:
        """Move a network to the device, type and layout."""
        network.to(self.device, self.dtype)
        if self.channels_last:
            network.to(memory_format=torch.channels_last)
        return network


def measuring_settings(train: TrainTable, device: torch.device) -> Settings:
    """Return the settings for measuring networks: full precision, in the recipe's memory layout."""
    return Settings(device, "fp64" if train.precision == "fp64" else "fp32", train.channels_last)


def choose_settings(precision: str, channels_last: bool, device: torch.device) -> Settings:
    """Return the settings of a run; `auto` is bf16 where the hardware multiplies bf16 itself, else fp32."""
    if precision == "auto":
        if device.type == "cuda":
            native = torch.cuda.get_device_capability(device) >= (8, 0)
        else:
            native = device.type == "cpu" and _multiplies_bf16()
        precision = "bf16" if native else "fp32"
    return Settings(device, precision, channels_last)


def _multiplies_bf16() -> bool:
    """Return True if the CPU has bf16 instructions; without them oneDNN emulates bf16, slower than fp32."""
    has = torch.cpu.get_capabilities()
    return torch.ops.mkldnn._is_mkldnn_bf16_supported() and bool(has.get("avx512_bf16") or has.get("bf16"))
