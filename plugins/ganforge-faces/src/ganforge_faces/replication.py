"""Networks of the replication's faces (Hua, Rempe and Zhang, CS229, 2017), layer by layer as in their code.

Their generator makes 64x64 pixels, which are enlarged to the 96x96 that their D and their face networks read.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from ganforge.errors import ShapeError
from ganforge.image_size import ImageSize, divided, shown, sides
from ganforge.layers import Conv2d
from ganforge_faces.layers import LEAK, named, require_sides

STEPS = 6
"""Doublings of the generator, from 1x1 to 64x64."""
SHAPES = (1, 2, 4, 2, 1)
"""Channels of the discriminator's blocks, in units of `width`."""


class ReplicationGenerator(nn.Module):
    """Generator of the replication's faces: six doublings to 64x64, then bilinear (Hua et al., CS229, 2017).

    The code is a map of one position. Five blocks of a transposed convolution (4x4, stride 2) and a 1x1 convolution,
    each with batch norm and leaky ReLU, have 16, 8, 4, 2 and 1 times `width` channels; a sixth transposed convolution
    and tanh give 64x64 pixels. With a code of 512 and the defaults it has the 7.34 million parameters of theirs.

    Args:
        code_dim: size of the code.
        out_channels: channels of the images.
        image_size: pixels per side of the images, or height and width, to which the 64x64 are enlarged.
        width: channels of the last block.

    Raises:
        ShapeError: `image_size` is below 64 pixels.

    Example:
        >>> import torch
        >>> ReplicationGenerator(code_dim=8, out_channels=3, image_size=96, width=2)(torch.zeros(2, 8)).shape
        torch.Size([2, 3, 96, 96])
    """

    def __init__(
        self,
        *,
        code_dim: Annotated[int, Field(ge=1)],
        out_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        width: Annotated[int, Field(ge=1)] = 32,
    ) -> None:
        super().__init__()
        self.sides = sides(image_size)
        if min(self.sides) < 1 << STEPS:
            raise ShapeError(
                f"this generator makes 64x64 pixels and enlarges them; {shown(image_size)} are fewer",
                fix="resize = 96, or another generator, such as faces/generator",
            )
        self.blocks = nn.Sequential()
        channels = code_dim
        for step in reversed(range(STEPS - 1)):
            wider = width << step
            self.blocks.append(
                named(
                    doubling=nn.ConvTranspose2d(channels, wider, 4, stride=2, padding=1),
                    norm=nn.BatchNorm2d(wider),
                    activation=nn.LeakyReLU(LEAK),
                    mixing=nn.Conv2d(wider, wider, 1),
                    mixing_norm=nn.BatchNorm2d(wider),
                    mixing_activation=nn.LeakyReLU(LEAK),
                )
            )
            channels = wider
        self.exit = nn.ConvTranspose2d(channels, out_channels, 4, stride=2, padding=1)

    def forward(self, code: Tensor) -> Tensor:
        """Return images [N, out_channels, H, W] in [-1, 1] from codes [N, code_dim]."""
        images: Tensor = self.exit(self.blocks(code[:, :, None, None])).tanh()
        if images.shape[2:] == self.sides:
            return images
        return functional.interpolate(images, self.sides, mode="bilinear", align_corners=False)


class ReplicationDiscriminator(nn.Module):
    """Discriminator of the replication's faces: five strided 3x3 convolutions (Hua et al., CS229, 2017).

    Convolutions (3x3, stride 2) with batch norm and leaky ReLU have 1, 2, 4, 2 and 1 times `width` channels; a
    convolution over the map that is left, 3x3 for 96 pixels, gives the scores. With the defaults it has the
    2.96 million parameters of theirs.

    Args:
        in_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; multiples of 32.
        outputs: number of scores; 3 for the DTN's ternary D, 1 for a binary one.
        width: channels of the first convolution.

    Raises:
        ShapeError: a side of the images is not a multiple of 32.

    Example:
        >>> import torch
        >>> ReplicationDiscriminator(in_channels=3, image_size=96, width=4)(torch.zeros(2, 3, 96, 96)).shape
        torch.Size([2, 3])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        outputs: Annotated[int, Field(ge=1)] = 3,
        width: Annotated[int, Field(ge=1)] = 128,
    ) -> None:
        super().__init__()
        self.sides = sides(image_size)
        grid = divided(image_size, 1 << len(SHAPES))
        self.blocks = nn.Sequential()
        channels = in_channels
        for factor in SHAPES:
            wider = width * factor
            convolution = nn.Conv2d(channels, wider, 3, stride=2, padding=1)
            self.blocks.append(
                named(convolution=convolution, norm=nn.BatchNorm2d(wider), activation=nn.LeakyReLU(LEAK))
            )
            channels = wider
        self.verdict = Conv2d(channels, outputs, grid)

    def forward(self, images: Tensor) -> Tensor:
        """Return unbounded scores [N, outputs] of images [N, in_channels, H, W] in [-1, 1].

        Raises:
            ShapeError: the images differ from `image_size`.
        """
        require_sides(images, self.sides)
        scores: Tensor = self.verdict(self.blocks(images))
        return scores.flatten(1)
