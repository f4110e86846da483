"""Discriminator D of faces: strided blocks down to a single position, as in the second half of the DTN's paper."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from ganforge.errors import ShapeError
from ganforge.image_size import ImageSize, shown, sides
from ganforge.layers import Conv2d
from ganforge_faces.generator import WIDEST
from ganforge_faces.layers import LEAK, Norm, named, norm_layer, normalize_spectrally, require_sides


class FaceDiscriminator(nn.Module):
    """Discriminator of the DTN for faces: strided blocks with leaky ReLU (Taigman et al., 2016, section 5).

    Each block halves the map by a 4x4 convolution of stride 2, with a norm (the first has none) and leaky ReLU.
    Channels double from `width` on, up to eight times. A convolution over the map that is left gives the scores. The
    paper has six blocks with batch norm, for 152x152 pixels. Spectral norm in place of batch norm keeps D from winning
    early with few emoji.

    Args:
        in_channels: channels of the images.
        image_size: pixels per side of the images, or height and width.
        outputs: number of scores; 3 for the DTN's ternary D, 1 for a binary one.
        blocks: number of halvings; 64 pixels have six at most.
        norm: norm after the convolutions of all blocks except the first.
        spectral_norm: divide every convolution's weights by their largest singular value (Miyato et al., 2018,
            equation 8).
        width: channels of the first block.

    Raises:
        ShapeError: the images are too small for so many blocks.

    Example:
        >>> import torch
        >>> FaceDiscriminator(in_channels=3, image_size=64, width=4)(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 3])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        outputs: Annotated[int, Field(ge=1)] = 3,
        blocks: Annotated[int, Field(ge=1)] = 6,
        norm: Literal["none", "batch"] = "batch",
        spectral_norm: bool = False,
        width: Annotated[int, Field(ge=1)] = 32,
    ) -> None:
        super().__init__()
        self.sides = sides(image_size)
        if min(self.sides) < 1 << blocks:
            raise ShapeError(
                f"images of {shown(image_size)} pixels cannot be halved {blocks} times",
                fix=f"blocks = {min(self.sides).bit_length() - 1} at most",
            )
        self.blocks = nn.Sequential()
        channels = in_channels
        for step in range(blocks):
            wider = width * min(WIDEST, 1 << step)
            used: Norm = norm if step else "none"
            convolution = nn.Conv2d(channels, wider, 4, stride=2, padding=1, bias=used == "none")
            norm_after = norm_layer(used, wider)
            self.blocks.append(named(convolution=convolution, norm=norm_after, activation=nn.LeakyReLU(LEAK)))
            channels = wider
        height, width_left = (side >> blocks for side in self.sides)
        self.verdict = Conv2d(channels, outputs, (height, width_left))
        if spectral_norm:
            normalize_spectrally(self)

    def forward(self, images: Tensor) -> Tensor:
        """Return unbounded scores [N, outputs] of images [N, in_channels, H, W] in [-1, 1].

        Raises:
            ShapeError: the images differ from `image_size`.
        """
        require_sides(images, self.sides)
        scores: Tensor = self.verdict(self.blocks(images))
        return scores.flatten(1)
