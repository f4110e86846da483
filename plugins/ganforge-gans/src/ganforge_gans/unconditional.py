"""Unconditional GANs as a training method: the quantities that losses may ask for.

Goodfellow et al.: Generative Adversarial Nets, 2014 (arXiv 1406.2661). The recipe's networks and losses, which are
separate components, make it a DCGAN, a WGAN-GP and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn

from ganforge.data.transform import changed_view
from ganforge.method import DataFacts, DataRole, Method, Role, noise, quantity
from ganforge.plugins import Nested
from ganforge_gans.gradients import input_gradient

ADAM = {"use": "basics/adam", "lr": 2e-4, "betas": [0.5, 0.999]}


class Unconditional(Method):
    """Unconditional GAN: images from noise against real images (Goodfellow et al., 2014, equation 1).

    With `views`, D sees real and generated images only after these augmentations, and the gradient passes through them
    to G: differentiable augmentation for small data sets (Zhao et al., 2020, section 3.2). Its translation is
    `basics/affine` without rotation and zoom, its cutout `basics/cutout`, its colour `basics/color`.

    Args:
        latent_dim: size of the noise vector, which the generator takes as its code.
        views: augmentations before D, in this order, of images in [-1, 1]; drawn anew for each batch.

    Example:
        >>> method = Unconditional(latent_dim=2)
        >>> method.latent(3, torch.Generator().manual_seed(0)).shape
        torch.Size([3, 2])
    """

    networks = {
        "generator": Role("generator", "G: turns noise into images"),
        "discriminator": Role("discriminator", "D: tells generated images from real ones"),
    }
    data = {"images": DataRole("x: the real images", labels="labels")}
    phases = {"discriminator": {"update": "discriminator"}, "generator": {"update": "generator"}}
    main = "generator"
    inputs = ("latent",)
    output = "generated"
    pictures_like = "images"
    optimizers = {"generator": ADAM, "discriminator": ADAM}
    metrics = {
        "frechet-distance": {"use": "basics/frechet-distance"},
        "class-shares": {"use": "basics/class-shares"},
    }

    def __init__(
        self,
        *,
        latent_dim: Annotated[int, Field(ge=1)] = 100,
        views: Annotated[Sequence[Callable[[Tensor, torch.Generator], Tensor]], Nested("augmentation")] = (),
    ) -> None:
        self.latent_dim = latent_dim
        self.views = views

    def facts(
        self, role: str, data: Mapping[str, DataFacts], networks: Mapping[str, Any], losses: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return `latent_dim` and the size of the real images for G, and that size and one output for D."""
        images = data["images"]
        if role == "generator":
            return {
                "image_size": images.image_size,
                "out_channels": images.channels,
                "code_dim": self.latent_dim,
            }
        return {"image_size": images.image_size, "in_channels": images.channels, "outputs": 1}

    @noise("[N, latent_dim], standard normal")
    def latent(self, count: int, generator: torch.Generator) -> Tensor:
        """Noise z that G turns into images."""
        return torch.randn(count, self.latent_dim, generator=generator)

    @noise("[N, 1, 1, 1], uniform in [0, 1)")
    def mixing(self, count: int, generator: torch.Generator) -> Tensor:
        """Share of the real image in each interpolate (Gulrajani et al., 2017, Algorithm 1)."""
        return torch.rand(count, 1, 1, 1, generator=generator)

    @quantity("[N, C, H, W], in the images' range")
    def generated(self, generator: nn.Module, latent: Tensor) -> Tensor:
        """G(z)."""
        images: Tensor = generator(latent)
        return images

    @quantity("[N, C, H, W], in the images' range")
    def real_view(self, images: Tensor) -> Tensor:
        """Real images as D sees them: changed by `views`, or unchanged without any."""
        return changed_view(images, self.views)

    @quantity("[N, C, H, W], in the images' range")
    def generated_view(self, generated: Tensor) -> Tensor:
        """G(z) as D sees it: changed by `views`, or unchanged without any."""
        return changed_view(generated, self.views)

    @quantity("[N, 1]")
    def real_verdict(self, discriminator: nn.Module, real_view: Tensor) -> Tensor:
        """D(x), unbounded; higher means more real."""
        scores: Tensor = discriminator(real_view)
        return scores

    @quantity("[N, 1]")
    def generated_verdict(self, discriminator: nn.Module, generated_view: Tensor) -> Tensor:
        """D(G(z)), unbounded."""
        scores: Tensor = discriminator(generated_view)
        return scores

    @quantity("[N, C, H, W]")
    def real_gradient(self, discriminator: nn.Module, real_view: Tensor) -> Tensor:
        """Gradient of D(x) with respect to x, differentiable in D's parameters."""
        return input_gradient(discriminator, real_view)

    @quantity("[N, C, H, W]")
    def interpolate_gradient(
        self, discriminator: nn.Module, real_view: Tensor, generated_view: Tensor, mixing: Tensor
    ) -> Tensor:
        """Gradient of D at a random point on the line between a real and a generated image."""
        return input_gradient(discriminator, mixing * real_view + (1 - mixing) * generated_view)
