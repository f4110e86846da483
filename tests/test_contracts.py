"""Members by which networks and losses are told apart."""

import torch
from torch import nn

from ganforge.contracts import has_head, reads_images, sets_outputs


class Plain(nn.Module):
    """An encoder without a head."""

    in_channels, code_dim = 3, 3


class Method(Plain):
    """A head that is a method."""

    def classify(self, code: torch.Tensor) -> torch.Tensor:
        """Return the code."""
        return code


class Module(Plain):
    """A head that is a module, set in `__init__`."""

    classify: nn.Module

    def __init__(self) -> None:
        super().__init__()
        self.classify = nn.Linear(3, 2)


class Derived(Module):
    """Inherits the annotation."""


def test_a_class_declares_its_head() -> None:
    assert [has_head(kind) for kind in (Plain, Method, Module, Derived)] == [False, True, True, True]


def test_a_network_has_the_head_that_its_class_declares() -> None:
    assert [has_head(kind()) for kind in (Plain, Method, Module, Derived)] == [False, True, True, True]


def test_a_network_with_channels_reads_images() -> None:
    assert reads_images(Plain())
    assert not reads_images(nn.Linear(3, 2))


def test_a_loss_may_set_the_discriminator_s_outputs() -> None:
    class Loss:
        discriminator_outputs = 2

    assert sets_outputs(Loss())
    assert not sets_outputs(torch.nn.functional.mse_loss)
