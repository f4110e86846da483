"""Training of an encoder without labels, on images of one domain or two: two changed views of an image are one thing.

What the changes leave alone is what the code comes to hold; what they change it forgets. Each domain is compared in
itself: its batch has views of its own images only, so no loss is lowered by telling photographs from drawings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import torch
from torch import Tensor
from torch.nn import functional

from ganforge.contracts import Encoder, reads_images
from ganforge.data.transform import changed_view, match_channels
from ganforge.method import DataFacts, DataRole, Method, Role, quantity
from ganforge.plugins import Nested


class SelfSupervised(Method):
    """Training of an encoder on two changed views of each image, without labels (Chen et al., 2020, section 2.1).

    Args:
        views: augmentations that make a view, in this order; for images in [-1, 1].

    Example:
        >>> method = SelfSupervised()
        >>> method.source_view(torch.zeros(2, 3, 8, 8)).shape  # no views: unchanged
        torch.Size([2, 3, 8, 8])
    """

    networks = {"encoder": Role("encoder", "the network to train")}
    data = {
        "source": DataRole("unlabelled images, such as photographs", labels="source_labels"),
        "target": DataRole("unlabelled images of the other domain", labels="target_labels"),
    }
    phases = {"encoder": {"update": "encoder"}}
    main = "encoder"
    inputs = ("source",)
    output = "code"
    features = "code"
    optimizers = {"encoder": {"use": "basics/adamw", "lr": 1e-3, "betas": [0.9, 0.999]}}
    metrics = {"copy-retrieval": {"use": "faces/copy-retrieval"}}
    select = "copy-retrieval"

    def __init__(
        self, *, views: Annotated[Sequence[Callable[[Tensor, torch.Generator], Tensor]], Nested("augmentation")] = ()
    ) -> None:
        self.views = views

    def facts(
        self, role: str, data: Mapping[str, DataFacts], networks: Mapping[str, Any], losses: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the size and channels of the source's images."""
        return {"image_size": data["source"].image_size, "in_channels": data["source"].channels}

    @quantity("[N, code_dim]")
    def code(self, encoder: Encoder, source: Tensor) -> Tensor:
        """Code of s."""
        return _read(encoder, source)

    @quantity("[N, code_dim]")
    def copy_code(self, encoder: Encoder, source: Tensor) -> Tensor:
        """Code of a copy of s: its mirror image, at half the resolution."""
        small = functional.avg_pool2d(source.flip(3), 2)
        return _read(encoder, functional.interpolate(small, source.shape[2:], mode="bilinear", align_corners=False))

    @quantity("[N, C, H, W], in [-1, 1]")
    def source_view(self, source: Tensor) -> Tensor:
        """s, changed by `views`."""
        return changed_view(source, self.views)

    @quantity("[N, C, H, W], in [-1, 1]")
    def source_other_view(self, source: Tensor) -> Tensor:
        """s, changed by `views` in another way."""
        return changed_view(source, self.views)

    @quantity("[N, C, H, W], in [-1, 1]")
    def target_view(self, target: Tensor) -> Tensor:
        """t, changed by `views`."""
        return changed_view(target, self.views)

    @quantity("[N, C, H, W], in [-1, 1]")
    def target_other_view(self, target: Tensor) -> Tensor:
        """t, changed by `views` in another way."""
        return changed_view(target, self.views)

    @quantity("[N, 2, code_dim]")
    def source_codes(self, encoder: Encoder, source_view: Tensor, source_other_view: Tensor) -> Tensor:
        """Codes of both views of s."""
        return _read_both(encoder, source_view, source_other_view)

    @quantity("[N, 2, code_dim]")
    def target_codes(self, encoder: Encoder, target_view: Tensor, target_other_view: Tensor) -> Tensor:
        """Codes of both views of t."""
        return _read_both(encoder, target_view, target_other_view)


def _read(encoder: Encoder, images: Tensor) -> Tensor:
    return encoder(match_channels(images, encoder.in_channels) if reads_images(encoder) else images)


def _read_both(encoder: Encoder, view: Tensor, other: Tensor) -> Tensor:
    """Return the codes of two views, which are read in one pass, so that batch norm sees both."""
    first, second = _read(encoder, torch.cat([view, other])).chunk(2)
    return torch.stack([first, second], 1)
