"""Domain transfer without f in G: the paper's comparison, which shows the value of f inside G.

Taigman, Polyak and Wolf, 2016: the baseline of section 3 and the row "G does not contain f" of Table 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from ganforge.contracts import reads_images
from ganforge.data.transform import match_channels
from ganforge.errors import ShapeError
from ganforge.image_size import shown
from ganforge.method import DataFacts, Role, quantity
from ganforge_dtn.method import DomainTransferNetwork, to_tensor


class DirectTransfer(DomainTransferNetwork):
    """Domain transfer by a G that reads images; f serves f-constancy alone (Taigman et al., 2016, section 3).

    G reads images of the source and of the target, so both must have one size; target images are converted to the
    source's channels for it. Everything else is as in `dtn/dtn`.

    Args:
        views: augmentations between G and f, in this order, in the losses only; for targets in [-1, 1].
        discriminator_views: augmentations before D, in this order, of images in [-1, 1]; drawn anew for each batch.

    Example:
        >>> DirectTransfer.networks["generator"].doc
        'G: turns images of both domains into images of the target domain'
    """

    networks = {
        **DomainTransferNetwork.networks,
        "encoder": Role("encoder", "f: reads images of both domains for f-constancy; fixed", trained=False),
        "generator": Role("generator", "G: turns images of both domains into images of the target domain"),
        "discriminator": Role("discriminator", "D: tells G(s), G(t) and t apart"),
    }

    def facts(
        self, role: str, data: Mapping[str, DataFacts], networks: Mapping[str, Any], losses: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the facts of the DTN, with images of one size for G.

        Raises:
            ShapeError: the images of source and target differ in size.
        """
        source, target = data["source"], data["target"]
        if role == "generator" and source.image_size != target.image_size:
            raise ShapeError(
                f"G reads images of both domains, and those of [data.source] are {shown(source.image_size)}, "
                f"those of [data.target] {shown(target.image_size)}",
                fix="give both the same `resize`",
            )
        return super().facts(role, data, networks, losses)

    @quantity("[N, C, H, W], in the target's range")
    def transferred_source(self, generator: nn.Module, source: Tensor) -> Tensor:
        """G(s)."""
        return _transfer(generator, source)

    @quantity("[N, C, H, W], in the target's range")
    def transferred_target(self, generator: nn.Module, target: Tensor) -> Tensor:
        """G(t)."""
        return _transfer(generator, target)


def _transfer(generator: nn.Module, images: Tensor) -> Tensor:
    """Return G's outputs, with the images converted to the channels of G; raise a ShapeError if G reads codes."""
    if not reads_images(generator):
        raise ShapeError(
            f"the method dtn/direct gives G images, and the generator {type(generator).__name__} reads codes: "
            "it has no `in_channels`",
            fix='use = "dtn/dtn" in [method], or a generator that reads images, such as "dtn/digit-translator"',
        )
    return to_tensor(generator(match_channels(images, generator.in_channels)))
