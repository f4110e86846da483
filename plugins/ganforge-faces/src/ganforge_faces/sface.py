"""SFace in torch: a face recogniser of the OpenCV zoo, as a judge of identity that no loss has seen.

Zhong, Deng, Hu, Zhao, Li and Wen: SFace, Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition, IEEE
Transactions on Image Processing, 2021. The network is a MobileNet (Howard et al., 2017): a convolution, then 13 pairs
of a depthwise and a 1x1 convolution. Batch norms are part of the convolutions here.
"""

from __future__ import annotations

from torch import Tensor, nn

from ganforge_faces.crop import Box, crop
from ganforge_faces.layers import named

PAIRS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)),
    *((512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)),
)
"""Channels of each pair of convolutions, and the stride of its depthwise one."""
SIZE = 112
CODE = 128


class SFace(nn.Module):
    """Encoder of faces by SFace of the OpenCV zoo (Zhong et al., 2021), for judging identity.

    Weights: `ganforge download faces/sface`, from the OpenCV zoo, Apache-2.0 (extra `ganforge-faces[sface]`). It reads
    112x112 pixels with the eyes at (38, 52) and (74, 52); `crop` says where that square is in the images.

    Args:
        crop: left, top, right and bottom of the square that it reads, as shares of the image.

    Example:
        >>> import torch
        >>> SFace()(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 128])
    """

    def __init__(self, *, crop: Box = (0.1, 0.1, 0.9, 0.9)) -> None:
        super().__init__()
        self.in_channels, self.crop, self.code_dim = 3, crop, CODE
        channels = 32
        self.stem = named(convolution=nn.Conv2d(3, channels, 3, padding=1), activation=nn.PReLU(channels))
        self.pairs = nn.Sequential()
        for wider, stride in PAIRS:
            self.pairs.append(
                named(
                    depthwise=nn.Conv2d(channels, channels, 3, stride=stride, padding=1, groups=channels),
                    activation=nn.PReLU(channels),
                    pointwise=nn.Conv2d(channels, wider, 1),
                    wide_activation=nn.PReLU(wider),
                )
            )
            channels = wider
        self.code = nn.Linear(channels * (SIZE // 16) ** 2, CODE)

    def forward(self, images: Tensor) -> Tensor:
        """Return codes [N, 128] of RGB images [N, 3, H, W] in [-1, 1]."""
        # The network subtracts 127.5 from pixels of 0 to 255 and divides by 128.
        maps = self.pairs(self.stem(crop(images, self.crop, SIZE) * (127.5 / 128)))
        code: Tensor = self.code(maps.flatten(1))
        return code
