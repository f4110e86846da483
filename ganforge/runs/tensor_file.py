"""Encode named tensors as safetensors bytes, and decode untrusted bytes safely.

Safetensors holds no code, so reading a hostile file runs none. The header is checked before the library parses it, and
any error of the library becomes a `RunError`.
"""

from __future__ import annotations

from collections.abc import Mapping

import safetensors.torch
import torch
from torch import Tensor

from ganforge.errors import RunError
from ganforge.tensor_header import check_header


def encode(tensors: Mapping[str, Tensor]) -> bytes:
    """Encode tensors as safetensors bytes: values to the bit, row-major; strides and sharing are not kept.

    Raises:
        RunError: a tensor cannot be stored (sparse, quantised, on the meta device, of a foreign dtype), a name is
            reserved (`__metadata__`), or there are too many.
    """
    if "__metadata__" in tensors:
        raise RunError("a tensor cannot be named '__metadata__': safetensors uses that name itself")
    try:
        # Copies: safetensors refuses shared memory, and would store the bytes of a lazily conjugated view.
        own = {
            name: tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
            for name, tensor in tensors.items()
        }
        data = safetensors.torch.save(own)
    except Exception as error:
        raise RunError(f"these tensors cannot be stored: {error}", fix="keep dense tensors in state") from error
    check_header(data)
    return data


def decode(data: bytes) -> dict[str, Tensor]:
    """Decode bytes written by `encode` into CPU tensors, sorted by name, each with its own memory.

    Raises:
        RunError: the bytes are not safetensors, or exceed the limits.
    """
    check_header(data)
    try:
        return dict(sorted(safetensors.torch.load(data).items()))
    except Exception as error:  # The library raises errors of many types, its own and Python's.
        raise RunError(f"this is not a safetensors file: {error or type(error).__name__}") from error
