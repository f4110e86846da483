"""GANs that make images of noise as a training method: the quantities that their losses may ask for.

Goodfellow et al.: Generative Adversarial Nets, 2014 (arXiv 1406.2661). What makes it a DCGAN, a WGAN-GP and so on are
the networks and losses that a recipe chooses; those are components of their own.
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
    """Images made of noise, with a discriminator that tells them from real ones (Goodfellow et al., 2014).

    With `views`, D sees real and generated images only changed by these augmentations, and their gradient reaches G:
    differentiable augmentation (Zhao et al., 2020), for when there are few images. Translation is `basics/affine`
    without rotation and zoom, cutout `basics/cutout`, colour `basics/color`.

    Args:
        latent_dim: the size of the noise that an image is made of; what the generator takes as its code.
        views: augmentations before D, in this order, of images in [-1, 1]; drawn anew for each batch.
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
        """G turns `latent_dim` numbers into images like the real ones, which D reads and scores by one number."""
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
        """z: the noise that images are made of."""
        return torch.randn(count, self.latent_dim, generator=generator)

    @noise("[N, 1, 1, 1], uniform in [0, 1)")
    def mixing(self, count: int, generator: torch.Generator) -> Tensor:
        """The share of the real image in each interpolate."""
        return torch.rand(count, 1, 1, 1, generator=generator)

    @quantity("[N, C, H, W], in the images' range")
    def generated(self, generator: nn.Module, latent: Tensor) -> Tensor:
        """G(z)."""
        images: Tensor = generator(latent)
        return images

    @quantity("[N, C, H, W], in the images' range")
    def real_view(self, images: Tensor) -> Tensor:
        """x as D sees it: changed by `views`, or x itself without any."""
        return changed_view(images, self.views)

    @quantity("[N, C, H, W], in the images' range")
    def generated_view(self, generated: Tensor) -> Tensor:
        """G(z) as D sees it: changed by `views`, or G(z) itself without any."""
        return changed_view(generated, self.views)

    @quantity("[N, 1]")
    def real_verdict(self, discriminator: nn.Module, real_view: Tensor) -> Tensor:
        """D(x), unbounded; the higher, the more real."""
        scores: Tensor = discriminator(real_view)
        return scores

    @quantity("[N, 1]")
    def generated_verdict(self, discriminator: nn.Module, generated_view: Tensor) -> Tensor:
        """D(G(z)), unbounded."""
        scores: Tensor = discriminator(generated_view)
        return scores

    @quantity("[N, C, H, W]")
    def real_gradient(self, discriminator: nn.Module, real_view: Tensor) -> Tensor:
        """The gradient of D(x) with respect to x, itself differentiable in D's parameters."""
        return input_gradient(discriminator, real_view)

    @quantity("[N, C, H, W]")
    def interpolate_gradient(
        self, discriminator: nn.Module, real_view: Tensor, generated_view: Tensor, mixing: Tensor
    ) -> Tensor:
        """The gradient of D between a real and a generated image, at a random point of the line that joins them."""
        return input_gradient(discriminator, mixing * real_view + (1 - mixing) * generated_view)
