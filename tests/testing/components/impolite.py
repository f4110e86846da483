"""A module that changes a global setting when it is imported."""

import torch

torch.set_float32_matmul_precision("high")


def polite(reference, value):
    """A distance whose module changes how everybody multiplies."""
    if reference.shape != value.shape:
        raise ValueError("shapes differ")
    return (reference - value).abs().mean()
