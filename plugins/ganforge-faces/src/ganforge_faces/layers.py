"""Parts that this plugin's networks share: norms, spectral norm, the doubling of a map, the check of sizes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from torch import Tensor, nn
from torch.nn.utils import parametrizations

from ganforge.errors import ShapeError
from ganforge.layers import DoublingConv2d

Norm = Literal["none", "batch", "instance"]
Upsampling = Literal["nearest", "bilinear", "transposed"]

LEAK = 0.2  # the slope below zero of DCGAN's leaky ReLU


def norm_layer(name: Norm, channels: int) -> nn.Module:
    """Return a norm with learnt scale and shift, or the identity.

    Batch norm: Ioffe and Szegedy, 2015, Algorithm 1; instance norm: Ulyanov et al., 2016, section 2.
    """
    if name == "batch":
        return nn.BatchNorm2d(channels)
    return nn.InstanceNorm2d(channels, affine=True) if name == "instance" else nn.Identity()


def named(**layers: nn.Module) -> nn.Sequential:
    """Return layers in their order and under their names, by which a checkpoint knows their parameters."""
    return nn.Sequential(OrderedDict(layers))


def doubling(channels: int, wider: int, upsampling: Upsampling, bias: bool) -> nn.Module:
    """Return a layer from [N, channels, H, W] to [N, wider, 2H, 2W].

    A transposed convolution (4x4, stride 2), or an interpolation followed by a 3x3 convolution, which cannot leave the
    checkerboard that a transposed one tends to (Odena et al.: Deconvolution and Checkerboard Artifacts, Distill, 2016).
    """
    if upsampling == "transposed":
        return nn.ConvTranspose2d(channels, wider, 4, stride=2, padding=1, bias=bias)
    if upsampling == "nearest":
        return named(convolution=DoublingConv2d(channels, wider, bias=bias))
    return named(
        upsampling=nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
        convolution=nn.Conv2d(channels, wider, 3, padding=1, bias=bias),
    )


def normalize_spectrally(network: nn.Module) -> None:
    """Divide the weights of every convolution and linear layer in place by their largest singular value.

    Miyato et al., 2018, equation 8; the value is estimated by power iteration, Algorithm 1.
    """
    for module in list(network.modules()):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            parametrizations.spectral_norm(module)


def require_sides(images: Tensor, sides: tuple[int, int]) -> None:
    """Raise a ShapeError unless images [N, C, H, W] have the height and width that a discriminator was built for."""
    if images.shape[2:] != sides:
        raise ShapeError(
            f"this discriminator was built for another size than {images.shape[2]}x{images.shape[3]} pixels",
            fix="leave its image_size unset: the data imply it",
        )
