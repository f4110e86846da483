"""Protocols of networks and losses: attributes and methods that methods and metrics ask for beyond a plain call.

Nothing here imports torch, and nothing has to derive from these classes: any object with the members fits.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Protocol, TypeGuard

if TYPE_CHECKING:
    from torch import Tensor


class ImageReader(Protocol):
    """A network that reads images of a known number of channels, so that others can be converted for it.

    A generator with this attribute reads images; one without reads codes.

        class Negative(nn.Module):
            in_channels = 3
            def forward(self, images: Tensor) -> Tensor: return -images

    Attributes:
        in_channels: 1 or 3.
    """

    in_channels: int

    def __call__(self, images: Tensor, /) -> Tensor:
        """Images [N, ...] or codes [N, code_dim] of images [N, in_channels, H, W]."""


class Encoder(ImageReader, Protocol):
    """A network that reads codes in images: fills roles of the kind `encoder`.

        class MeanColour(nn.Module):
            in_channels, code_dim = 3, 3
            def forward(self, images: Tensor) -> Tensor: return images.mean((2, 3))

    Attributes:
        code_dim: the size of its codes.
    """

    code_dim: int


class EncoderWithHead(Encoder, Protocol):
    """An encoder that classifies its codes.

    A quantity that annotates its parameter for a network with this name needs the head; a recipe that asks for it with
    a headless encoder is refused when it is checked.

        class Loudest(MeanColour):
            def classify(self, code: Tensor) -> Tensor:
                return code
    """

    def classify(self, code: Tensor, /) -> Tensor:
        """Class scores [N, classes], before softmax, of codes [N, code_dim]."""


class Weightless(Protocol):
    """A network without parameters, such as a mean over pixels: a frozen role needs no `weights` for it.

        class MeanColour(nn.Module):
            weightless = True
            in_channels, code_dim = 3, 3
            def forward(self, images: Tensor) -> Tensor: return images.mean((2, 3))

    Attributes:
        weightless: True.
    """

    weightless: bool


class AdversarialLoss(Protocol):
    """A loss that says how many scores the discriminator gives each image.

    Example:
        class Hinge:
            discriminator_outputs: ClassVar[int] = 1
    """

    @property
    def discriminator_outputs(self) -> int:
        """Number of scores; the discriminator is built with as many."""


def reads_images(network: object) -> TypeGuard[ImageReader]:
    """Return whether a network declares the channels of the images that it reads."""
    return isinstance(getattr(network, "in_channels", None), int)


def has_head(encoder: object) -> TypeGuard[EncoderWithHead]:
    """Return whether an encoder, or the instances of a class, can classify codes.

    A class declares the head by a method `classify`, or by an annotation where it is a module set in `__init__`.
    """
    if hasattr(encoder, "classify") or not inspect.isclass(encoder):
        return hasattr(encoder, "classify")
    return any("classify" in inspect.get_annotations(base) for base in inspect.getmro(encoder))


def is_weightless(network: object) -> TypeGuard[Weightless]:
    """Return whether a network, or the instances of a class, have no parameters, and say so."""
    return getattr(network, "weightless", False) is True


def sets_outputs(loss: object) -> TypeGuard[AdversarialLoss]:
    """Return whether a loss says how many scores the discriminator gives."""
    return hasattr(loss, "discriminator_outputs")
