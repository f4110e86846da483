"""CycleGAN as a training method: two domains, a generator and a discriminator for each direction.

Zhu, Park, Isola, Efros: Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, 2017 (arXiv
1703.10593). The paper's discriminators see a pool of the last 50 generated images (section 4); here they see only the
current batch, so a step depends on nothing except the weights, the seed and its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from ganforge.contracts import reads_images
from ganforge.data.transform import match_channels
from ganforge.method import DataFacts, DataRole, Method, Role, quantity

ADAM = {"use": "basics/adam", "lr": 2e-4, "betas": [0.5, 0.999]}


class CycleGAN(Method):
    """Unpaired translation between two domains, consistent there and back (Zhu et al., 2017, equation 3).

    The discriminators see the generated images of the batch, not the paper's pool of the last 50 (section 4).

    Example:
        >>> method = CycleGAN()
        >>> sorted(method.networks)
        ['discriminator', 'generator', 'reverse_generator', 'source_discriminator']
    """

    networks = {
        "generator": Role("generator", "G: turns source images into images of the target domain"),
        "reverse_generator": Role("generator", "F: turns target images into images of the source domain"),
        "discriminator": Role("discriminator", "tells G(s) from t"),
        "source_discriminator": Role("discriminator", "tells F(t) from s"),
    }
    data = {
        "source": DataRole("s: the images to transfer", labels="source_labels"),
        "target": DataRole("t: examples of the target domain", labels="target_labels"),
    }
    phases = {
        "generators": {"update": ["generator", "reverse_generator"]},
        "discriminators": {"update": ["discriminator", "source_discriminator"]},
    }
    main = "generator"
    inputs = ("source",)
    output = "transferred_source"
    pictures_like = "target"
    optimizers = {role: ADAM for role in networks}
    metrics = {"transfer-accuracy": {"use": "basics/transfer-accuracy"}}
    select = "transfer-accuracy"

    def facts(
        self, role: str, data: Mapping[str, DataFacts], networks: Mapping[str, Any], losses: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return sizes and channels from the data, and one output per patch for the discriminators."""
        source, target = data["source"], data["target"]
        if role == "generator":
            return _translation(source, target)
        if role == "reverse_generator":
            return _translation(target, source)
        seen = target if role == "discriminator" else source
        return {"image_size": seen.image_size, "in_channels": seen.channels, "outputs": 1}

    @quantity("[N, C, H, W], in the target's range")
    def transferred_source(self, generator: nn.Module, source: Tensor) -> Tensor:
        """G(s)."""
        return _run(generator, source)

    @quantity("[N, C, H, W], in the source's range")
    def transferred_target(self, reverse_generator: nn.Module, target: Tensor) -> Tensor:
        """F(t)."""
        return _run(reverse_generator, target)

    @quantity("[N, C, H, W], in the source's range")
    def reconstructed_source(self, reverse_generator: nn.Module, transferred_source: Tensor) -> Tensor:
        """F(G(s))."""
        return _run(reverse_generator, transferred_source)

    @quantity("[N, C, H, W], in the target's range")
    def reconstructed_target(self, generator: nn.Module, transferred_target: Tensor) -> Tensor:
        """G(F(t))."""
        return _run(generator, transferred_target)

    @quantity("[N, C, H, W], in the target's range")
    def kept_target(self, generator: nn.Module, target: Tensor) -> Tensor:
        """G(t), compared with t by the identity loss; grey and colour are converted."""
        return _run(generator, _as_read(generator, target))

    @quantity("[N, C, H, W], in the source's range")
    def kept_source(self, reverse_generator: nn.Module, source: Tensor) -> Tensor:
        """F(s), compared with s by the identity loss; grey and colour are converted."""
        return _run(reverse_generator, _as_read(reverse_generator, source))

    @quantity("[N, ...]")
    def target_real_verdict(self, discriminator: nn.Module, target: Tensor) -> Tensor:
        """Scores of t by the target discriminator, one for each patch."""
        return _run(discriminator, target)

    @quantity("[N, ...]")
    def target_generated_verdict(self, discriminator: nn.Module, transferred_source: Tensor) -> Tensor:
        """Scores of G(s) by the target discriminator."""
        return _run(discriminator, transferred_source)

    @quantity("[N, ...]")
    def source_real_verdict(self, source_discriminator: nn.Module, source: Tensor) -> Tensor:
        """Scores of s by the source discriminator."""
        return _run(source_discriminator, source)

    @quantity("[N, ...]")
    def source_generated_verdict(self, source_discriminator: nn.Module, transferred_target: Tensor) -> Tensor:
        """Scores of F(t) by the source discriminator."""
        return _run(source_discriminator, transferred_target)


def _translation(given: DataFacts, wanted: DataFacts) -> dict[str, Any]:
    return {"image_size": wanted.image_size, "in_channels": given.channels, "out_channels": wanted.channels}


def _as_read(generator: nn.Module, images: Tensor) -> Tensor:
    return match_channels(images, generator.in_channels) if reads_images(generator) else images


def _run(network: nn.Module, images: Tensor) -> Tensor:
    result: Tensor = network(images)
    return result
