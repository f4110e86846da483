"""A generator that reads images: the layers of D down to a code, then the layers of g up to an image."""

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

    The strided convolutions are those of `dtn/digit-discriminator`, with a code in place of the scores. So the half of
    G that replaces f resembles the other half and is trained with it. It serves the row "G does not contain f" in Table
    1 of Taigman et al. (2016).

    Args:
        in_channels: channels of the input images.
        out_channels: channels of the output images.
        image_size: pixels per side of the input and output images, or height and width; 4 to 15 times one power of
            two, such as 32, 64, 96 or (96, 64).
        code_dim: size of the code between the halves; by default the size of f's code.
        norm: norm after the convolutions, except the first and the last of either half.
        activation: activation of the half that writes images; leaky has slope 0.2.
        output: tanh bounds the images to [-1, 1]; none leaves them unbounded.
        width: channels of the first map after the input and of the last map before the output.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²) (Radford et al., 2016, section 4).

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels per side.

    Example:
        >>> import torch
        >>> DigitTranslator(in_channels=3, out_channels=1, image_size=32, width=4)(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 1, 32, 32])
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
        """Return images [N, out_channels, H, W], in [-1, 1] with tanh, from [N, in_channels, H, W] in [-1, 1]."""
        translated: Tensor = self.generator(self.encoder(images))
        return translated
