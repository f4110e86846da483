"""The discriminator D of the DTN's replication: an image to the scores of its classes, by convolutions down to 1x1."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from ganforge.errors import ShapeError
from ganforge.image_size import ImageSize, halvings
from ganforge_dtn.blocks import Activation, activation_layer, block, norm_layer
from ganforge_dtn.initialization import Init, initialize


class DigitDiscriminator(nn.Module):
    """Discriminator of the DTN's replication: a small convolutional classifier.

    Convolutions (4x4, stride 2) halve the image down to 4x4 and double the channels from `width` on, with a norm in all
    but the first; a 4x4 convolution to twice `width` channels takes what is left to 1x1, and a 1x1 convolution
    gives the scores. As it stands, at 32x32, it is the network of Hua, Rempe and Zhang (CS229, 2017): 64, 128, 256, 128
    channels, leaky ReLU, 1,182,403 parameters for grey images and 3 outputs.

    Args:
        in_channels: the images' channels.
        image_size: of the images: pixels of a side, or height and width; 4 to 15 times one power of two, such as
            32, 64, 96 or (96, 64).
        outputs: how many scores; 3 for the DTN's ternary D, 1 for a binary one.
        norm: what follows the halving convolutions after the first.
        spectral_norm: divide every convolution's weights by their largest singular value (Miyato et al., 2018).
        activation: what follows every convolution but the last; leaky has slope 0.2.
        downsample: halve by a 4x4 convolution of stride 2, or by a 3x3 convolution and 2x2 max pooling.
        width: the first convolution's channels.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²).

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels a side.
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        outputs: Annotated[int, Field(ge=1)] = 3,
        norm: Literal["none", "batch"] = "batch",
        spectral_norm: bool = False,
        activation: Activation = "leaky-relu",
        downsample: Literal["stride", "pool"] = "stride",
        width: Annotated[int, Field(ge=1)] = 64,
        init: Init = "default",
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.outputs = outputs
        blocks = []
        channels = in_channels
        steps, grid = halvings(image_size)
        for step in range(steps):
            wider = width << step
            if downsample == "stride":
                convolution, pool = nn.Conv2d(channels, wider, 4, stride=2, padding=1), None
            else:
                convolution, pool = nn.Conv2d(channels, wider, 3, padding=1), nn.MaxPool2d(2)
            norm_after = norm_layer(norm, wider) if step else None
            blocks.append(block(convolution, norm=norm_after, pool=pool, activation=activation_layer(activation)))
            channels = wider
        blocks.append(block(nn.Conv2d(channels, 2 * width, grid), activation=activation_layer(activation)))
        blocks.append(block(nn.Conv2d(2 * width, outputs, 1)))
        self.blocks = nn.Sequential(*blocks)
        initialize(self, init)
        if spectral_norm:
            for module in list(self.modules()):
                if isinstance(module, nn.Conv2d):
                    parametrizations.spectral_norm(module)

    def forward(self, images: Tensor) -> Tensor:
        """Scores [N, outputs], before softmax, of images [N, in_channels, S, S] in [-1, 1].

        Raises:
            ShapeError: the images are larger than `image_size`, so that several places would be judged.
        """
        scores: Tensor = self.blocks(images)
        if scores.shape[2:] != (1, 1):
            raise ShapeError(
                f"this discriminator is for images of another size than {images.shape[2]}x{images.shape[3]} pixels",
                fix="leave its image_size unset: the data imply it",
            )
        return scores.flatten(1)
