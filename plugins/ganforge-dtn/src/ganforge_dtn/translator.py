"""A generator that reads images: the layers of D down to a code, and those of g from there up to an image."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from ganforge.image_size import ImageSize
from ganforge_dtn.blocks import Activation
from ganforge_dtn.discriminator import DigitDiscriminator
from ganforge_dtn.generator import DigitGenerator
from ganforge_dtn.initialization import Init


class DigitTranslator(nn.Module):
    """Generator that reads images, for `dtn/direct`: strided convolutions to a code, then `dtn/digit-generator`.

    The strided convolutions are those of `dtn/digit-discriminator`, with a code in the place of scores, so that what
    takes f's place in G is of g's own kind and is trained with it.

    Args:
        in_channels: the channels of the images that it reads.
        out_channels: the channels of the images that it gives.
        image_size: of the images, before and after: pixels of a side, or height and width; 4 to 15 times one power of
            two, such as 32, 64, 96 or (96, 64).
        code_dim: the size of the code between; as large as f's by default.
        norm: what follows the convolutions, but for the first and last ones of either half.
        activation: what follows the convolutions that give images; leaky has slope 0.2.
        output: tanh puts the images in [-1, 1]; none leaves them unbounded.
        width: the channels of the first map after the image, and of the last one before it.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²).

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels a side.
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        out_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        code_dim: Annotated[int, Field(ge=1)] = 128,
        norm: Literal["none", "batch"] = "batch",
        activation: Activation = "relu",
        output: Literal["tanh", "none"] = "tanh",
        width: Annotated[int, Field(ge=1)] = 64,
        init: Init = "default",
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.encoder = DigitDiscriminator(
            in_channels=in_channels, image_size=image_size, outputs=code_dim, norm=norm, width=width, init=init
        )
        self.generator = DigitGenerator(
            code_dim=code_dim,
            out_channels=out_channels,
            image_size=image_size,
            norm=norm,
            activation=activation,
            output=output,
            width=width,
            init=init,
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, out_channels, S, S], in [-1, 1] with tanh, from images [N, in_channels, S, S] in [-1, 1]."""
        translated: Tensor = self.generator(self.encoder(images))
        return translated
