"""Encoders, generators and discriminators: a right one of each kind, and wrong ones that differ in one thing."""

import random
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from ganforge.errors import ShapeError
from ganforge.image_size import ImageSize, sides

CODE = 6


class Encoder(nn.Module):
    """A right encoder.

    Args:
        in_channels: the images' channels.
        classes: how many classes.
    """

    def __init__(self, *, in_channels: int, classes: int = 10):
        super().__init__()
        self.in_channels = in_channels
        self.code_dim = CODE
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.code = nn.Linear(16 * in_channels, CODE)
        self.norm = nn.BatchNorm1d(CODE)
        self.head = nn.Linear(CODE, classes)

    def forward(self, images):
        return self.norm(self.code(self.pool(images).flatten(1)))

    def classify(self, code):
        return self.head(code)


class Generator(nn.Module):
    """A right generator.

    Args:
        code_dim: the code's size.
        out_channels: the images' channels.
        image_size: their size.
    """

    def __init__(self, *, code_dim: int, out_channels: int, image_size: int):
        super().__init__()
        self.shape = (out_channels, image_size, image_size)
        self.draw = nn.Linear(code_dim, out_channels * image_size**2)

    def forward(self, code):
        return torch.tanh(self.draw(code)).reshape(-1, *self.shape)


class Translator(nn.Module):
    """A right generator of images from images.

    Args:
        in_channels: of what it reads.
        out_channels: of what it gives.
    """

    def __init__(self, *, in_channels: int, out_channels: int):
        super().__init__()
        self.in_channels = in_channels
        self.draw = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    def forward(self, images):
        return torch.tanh(self.draw(images))


class Discriminator(nn.Module):
    """A right discriminator.

    Args:
        in_channels: the images' channels.
        image_size: their size, a multiple of 16.
        outputs: how many scores.
    """

    def __init__(self, *, in_channels: int, image_size: int, outputs: int = 3):
        super().__init__()
        if image_size % 16:
            raise ShapeError("not a multiple of 16", fix="resize the images")
        self.shrink = nn.Conv2d(in_channels, 4, image_size // 4, stride=image_size // 4)
        self.score = nn.Linear(64, outputs)

    def forward(self, images):
        return self.score(torch.relu(self.shrink(images)).flatten(1))


class Transposed(nn.Module):
    """A generator of images with height and width in the wrong order.

    Args:
        code_dim: the code's size.
        out_channels: the images' channels.
        image_size: their size.
    """

    def __init__(self, *, code_dim: int, out_channels: int, image_size: ImageSize):
        super().__init__()
        height, width = sides(image_size)
        self.shape = (out_channels, width, height)
        self.draw = nn.Linear(code_dim, out_channels * height * width)

    def forward(self, code):
        return torch.tanh(self.draw(code)).reshape(-1, *self.shape)


class NoSummary(Encoder):
    """Its plugin says something else."""


class Undescribed(Encoder):
    """An option without a word on it."""

    def __init__(self, *, in_channels: int, classes: int = 10):
        super().__init__(in_channels=in_channels, classes=classes)


class Untyped(Encoder):
    """An option that may be anything.

    Args:
        in_channels: the images' channels.
        extra: whatever.
    """

    def __init__(self, *, in_channels: int, extra: Any = 1):
        super().__init__(in_channels=in_channels)


class Swallowing(Encoder):
    """Options that no schema lists.

    Args:
        in_channels: the images' channels.
    """

    def __init__(self, *, in_channels: int, **others: int):
        super().__init__(in_channels=in_channels)


class Outdated(Encoder):
    """A description of an option that has gone.

    Args:
        in_channels: the images' channels.
        classes: how many classes.
        width: how wide it was.
    """

    def __init__(self, *, in_channels: int, classes: int = 10):
        super().__init__(in_channels=in_channels, classes=classes)


class Reserved(Encoder):
    """An option with the name of a key of recipes.

    Args:
        in_channels: the images' channels.
        frozen: whether it is.
    """

    def __init__(self, *, in_channels: int, frozen: bool = False):
        super().__init__(in_channels=in_channels)


class Promising(Encoder):
    """A choice that was never tried.

    Args:
        in_channels: the images' channels.
        norm: what follows.
    """

    def __init__(self, *, in_channels: int, norm: Literal["batch", "layer"] = "batch"):
        super().__init__(in_channels=in_channels)
        self.norm = {"batch": nn.BatchNorm1d(CODE)}[norm]


class Unresizable(nn.Module):
    """A discriminator that takes any size, until it is called.

    Args:
        in_channels: the images' channels.
        outputs: how many scores.
    """

    def __init__(self, *, in_channels: int, outputs: int = 3, image_size: int):
        super().__init__()
        self.shrink = nn.Conv2d(in_channels, 2, 3, stride=2, padding=1)
        self.score = nn.Linear(2 * (image_size // 2) ** 2, outputs)

    def forward(self, images):
        return self.score(self.shrink(images).flatten(1))


class NoModule:
    """Something else than a network."""


class Broken(Encoder):
    """It fails in whatever it is given."""

    def forward(self, images):
        return images @ torch.zeros(3, 5, 7, 9)


class Square(Encoder):
    """A code of two axes."""

    def forward(self, images):
        return super().forward(images)[:, :, None]

    def classify(self, code):
        return super().classify(code[:, :, 0])


class Sizeless(Encoder):
    """It does not say how large its codes are."""

    def __init__(self, *, in_channels: int):
        super().__init__(in_channels=in_channels)
        del self.code_dim


class Unbounded(Generator):
    """Images without bounds."""

    def forward(self, code):
        return self.draw(code).reshape(-1, *self.shape)


class Standardising(Encoder):
    """It divides by a deviation that flat images do not have."""

    def forward(self, images):
        return super().forward(images / images.std((1, 2, 3), keepdim=True))


class Detached(Encoder):
    """Nothing comes back to the images."""

    def forward(self, images):
        return super().forward(images.detach())


class Unused(Encoder):
    """A layer that is built and never called."""

    def __init__(self, *, in_channels: int):
        super().__init__(in_channels=in_channels)
        self.spare = nn.Linear(3, 3)


class NumpyWeights(Encoder):
    """Initial weights from a generator without a seed."""

    def __init__(self, *, in_channels: int):
        super().__init__(in_channels=in_channels)
        with torch.no_grad():
            self.code.bias.copy_(torch.from_numpy(np.random.default_rng().normal(size=CODE)))


class AlwaysDropping(Encoder):
    """Dropout in eval mode too."""

    def forward(self, images):
        return nn.functional.dropout(super().forward(images))


class Counting(Encoder):
    """It changes a buffer in eval mode."""

    def __init__(self, *, in_channels: int):
        super().__init__(in_channels=in_channels)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, images):
        self.calls += 1
        return super().forward(images)


class Gambling(Encoder):
    """A call draws from Python's generator."""

    def forward(self, images):
        random.random()
        return super().forward(images)


class InPlace(Encoder):
    """It writes into the images."""

    def forward(self, images):
        if not images.requires_grad:
            images.mul_(0.5)
        return super().forward(images)


class Tuning(Encoder):
    """It sets what holds for everybody."""

    def __init__(self, *, in_channels: int):
        super().__init__(in_channels=in_channels)
        torch.backends.cudnn.benchmark = True


class Centred(Encoder):
    """Codes around the mean of the batch, in eval mode too."""

    def forward(self, images):
        code = super().forward(images)
        return code - code.mean(0)


class BatchOfFour(Encoder):
    """A batch size that is built in."""

    def forward(self, images):
        return self.norm(self.code(self.pool(images).reshape(4, -1)))


class Single(Encoder):
    """Codes in float32 whatever comes in."""

    def forward(self, images):
        return super().forward(images).float()


class Scattering(Encoder):
    """It writes what a layer gave into a tensor of float32."""

    def forward(self, images):
        code = self.code(self.pool(images).flatten(1))
        order = torch.arange(CODE, device=code.device).expand_as(code)
        return self.norm(torch.zeros(code.shape, dtype=images.dtype, device=code.device).scatter(1, order, code))


class Viewing(Encoder):
    """It takes the order of bytes for granted."""

    def forward(self, images):
        return super().forward(images.view(len(images), -1).view(images.shape))


class OnTheCPU(Encoder):
    """A tensor on a device of its own."""

    def forward(self, images):
        return super().forward(images) + torch.ones(CODE)


class Branching(Encoder):
    """It looks at values to decide what to do."""

    def forward(self, images):
        code = super().forward(images)
        return -code if images.device.type != "meta" and code.mean() > 1e9 else code


class Listed(Encoder):
    """A layer in a plain list."""

    def __init__(self, *, in_channels: int):
        super().__init__(in_channels=in_channels)
        self.layers = [nn.Linear(CODE, CODE)]

    def forward(self, images):
        return self.layers[0](super().forward(images))


RIGHT = {"encoder": [Encoder], "generator": [Generator, Translator], "discriminator": [Discriminator]}
WRONG = {
    "encoder": [
        NoSummary,
        Undescribed,
        Untyped,
        Swallowing,
        Outdated,
        Reserved,
        Promising,
        NoModule,
        Broken,
        Square,
        Sizeless,
        Standardising,
        Detached,
        Unused,
        NumpyWeights,
        AlwaysDropping,
        Counting,
        Gambling,
        InPlace,
        Tuning,
        Centred,
        BatchOfFour,
        Single,
        Scattering,
        Viewing,
        OnTheCPU,
        Branching,
        Listed,
    ],
    "generator": [Unbounded, Transposed],
    "discriminator": [Unresizable],
}
