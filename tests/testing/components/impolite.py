"""A module that changes a global setting when it is imported."""

import torch

torch.set_float32_matmul_precision("high")


def polite(reference, value):
    """A distance in a module that changes a global setting."""
    if reference.shape != value.shape:
        raise ValueError("shapes differ")
    return (reference - value).abs().mean()
