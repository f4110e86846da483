"""Domain transfer between domains that f reads differently: each domain's codes are standardised by its own statistics.

An f that was trained on photographs places all drawings in one corner of its space. Then f(s) and f(G(s)) differ by a
constant that says nothing of the image, and that f-constancy would have G undo by artefacts. Here every code that a
loss, a metric or g sees is that of the method `dtn/dtn`, less the mean over its domain and divided by the standard
deviation: with the statistics of the source for s, and with those of the target for t and for G(s), which is to be one
of them.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from ganforge.contracts import Encoder, EncoderWithHead
from ganforge.method import quantity
from ganforge.plugins import Since
from ganforge_dtn.method import DomainTransferNetwork, Views, classify, read

Share = Annotated[float, Field(ge=-0.5, le=0.5)]


def shifted(images: Tensor, right: float, down: float) -> Tensor:
    """Return images [N, C, H, W] moved by shares of their width and height, in whole pixels, with the edge repeated.

    Example:
        >>> shifted(torch.arange(4.0).view(1, 1, 1, 4), 0.25, 0.0)
        tensor([[[[0., 0., 1., 2.]]]])
    """
    height, width = images.shape[2:]
    across, along = round(right * width), round(down * height)
    if not across and not along:
        return images
    room = (max(across, 0), max(-across, 0), max(along, 0), max(-along, 0))
    padded = functional.pad(images, room, mode="replicate")
    return padded[:, :, room[3] : room[3] + height, room[1] : room[1] + width]


class StandardizedTransfer(DomainTransferNetwork):
    """Domain transfer by g of codes that are standardised in each domain by its own mean and standard deviation.

    g receives (f(s) - mean of f(s)) / spread of f(s), or the same of t; f-constancy compares it with (f(G(s)) - mean of
    f(t)) / spread of f(t). The statistics are those of the training images without augmentations; a run keeps them.
    Everything else is as in `dtn/dtn` (Taigman et al., 2016, section 4), where codes are raw.

    Photographs show heads turned to either side, and drawings may all be frontal. With `symmetric`, f(s) and f(t) are
    the mean codes of an image and its mirror image, in which left and right cancel out. The changed view of G(s) is
    read once: mirror every second one by `basics/mirror` in `views`, and on average it is symmetric too.

    An f of faces reads them best where it expects them. Where those of targets lie higher or lower than those of the
    source, `target_shift` moves what f reads of t and of G(s).

    Args:
        views: augmentations between g and f, in this order, in the losses only; for targets in [-1, 1].
        discriminator_views: augmentations before D, in this order, of images in [-1, 1]; drawn anew for each batch.
        symmetric: read each image and its mirror image, and take the mean of both codes.
        target_shift: way to the right and down by which f sees t and G(s) moved, as shares of width and height, rounded
            to whole pixels; negative to the left and up. Pixels at the edge are repeated.
        floor: least spread of a dimension, as a share of the mean over all; dimensions that hardly vary among the
            training images would outweigh all others otherwise.

    Example:
        >>> method = StandardizedTransfer(floor=0.5)
        >>> method.source_spread(torch.tensor([[0.0, 1.0], [2.0, 1.0]]))
        tensor([1.4142, 0.3536])
    """

    def __init__(
        self,
        *,
        views: Views = (),
        discriminator_views: Views = (),
        symmetric: bool = False,
        target_shift: Annotated[tuple[Share, Share], Since("0.1.0")] = (0.0, 0.0),
        floor: Annotated[float, Field(gt=0, le=1)] = 0.05,
    ) -> None:
        super().__init__(views=views, discriminator_views=discriminator_views)
        self.symmetric = symmetric
        self.target_shift = target_shift
        self.floor = floor

    # --- codes as f gives them
    @quantity("[N, code_dim]")
    def raw_source_code(self, encoder: Encoder, source: Tensor) -> Tensor:
        """f(s)."""
        return self._read(encoder, source)

    @quantity("[N, code_dim]")
    def raw_target_code(self, encoder: Encoder, target: Tensor) -> Tensor:
        """f(t)."""
        return self._read(encoder, shifted(target, *self.target_shift))

    @quantity("[N, code_dim]")
    def raw_transferred_code(self, encoder: Encoder, transferred_source: Tensor) -> Tensor:
        """f(G(s))."""
        return self._read(encoder, shifted(transferred_source, *self.target_shift))

    @quantity("[N, code_dim]")
    def raw_view_code(self, encoder: Encoder, transferred_view: Tensor) -> Tensor:
        """f(G(s)) of the changed view."""
        return read(encoder, shifted(transferred_view, *self.target_shift))

    # --- statistics of each domain
    @quantity("[code_dim]", over_data=True)
    def source_mean(self, raw_source_code: Tensor) -> Tensor:
        """Mean of f(s) over the source data, per dimension."""
        return raw_source_code.mean(0)

    @quantity("[code_dim]", over_data=True)
    def source_spread(self, raw_source_code: Tensor) -> Tensor:
        """Spread of f(s) over the source data: its standard deviation per dimension, at least `floor` of its mean."""
        return self._spread(raw_source_code)

    @quantity("[code_dim]", over_data=True)
    def target_mean(self, raw_target_code: Tensor) -> Tensor:
        """Mean of f(t) over the target data, per dimension."""
        return raw_target_code.mean(0)

    @quantity("[code_dim]", over_data=True)
    def target_spread(self, raw_target_code: Tensor) -> Tensor:
        """Spread of f(t) over the target data: its standard deviation per dimension, at least `floor` of its mean."""
        return self._spread(raw_target_code)

    # --- standardised codes, under the names that losses and metrics ask for
    @quantity("[N, code_dim]")
    def source_code(self, raw_source_code: Tensor, source_mean: Tensor, source_spread: Tensor) -> Tensor:  # type: ignore[override]
        """f(s), standardised by the source's statistics."""
        return (raw_source_code - source_mean) / source_spread

    @quantity("[N, code_dim]")
    def target_code(self, raw_target_code: Tensor, target_mean: Tensor, target_spread: Tensor) -> Tensor:  # type: ignore[override]
        """f(t), standardised by the target's statistics."""
        return (raw_target_code - target_mean) / target_spread

    @quantity("[N, code_dim]")
    def transferred_code(self, raw_transferred_code: Tensor, target_mean: Tensor, target_spread: Tensor) -> Tensor:  # type: ignore[override]
        """f(G(s)), standardised by the target's statistics."""
        return (raw_transferred_code - target_mean) / target_spread

    @quantity("[N, code_dim]")
    def view_code(self, raw_view_code: Tensor, target_mean: Tensor, target_spread: Tensor) -> Tensor:  # type: ignore[override]
        """f(G(s)) of the changed view, standardised by the target's statistics."""
        return (raw_view_code - target_mean) / target_spread

    # --- the mean of the standardised codes; their spread can differ from 1, by `floor`
    @quantity("[code_dim]", over_data=True)
    def source_code_mean(self, source_mean: Tensor) -> Tensor:
        """Mean of the standardised f(s) over the source data: 0."""
        return torch.zeros_like(source_mean)

    # --- class scores, of codes as f gives them
    @quantity("[N, classes]", scores=True)
    def source_logits(self, encoder: EncoderWithHead, raw_source_code: Tensor) -> Tensor:
        """Class scores of s by f's head."""
        return classify(encoder, raw_source_code)

    @quantity("[N, classes]", scores=True)
    def transferred_logits(self, encoder: EncoderWithHead, raw_transferred_code: Tensor) -> Tensor:
        """Class scores of G(s) by f's head."""
        return classify(encoder, raw_transferred_code)

    @quantity("[N, classes]", scores=True)
    def view_logits(self, encoder: EncoderWithHead, raw_view_code: Tensor) -> Tensor:
        """Class scores of the changed view of G(s) by f's head."""
        return classify(encoder, raw_view_code)

    def _read(self, encoder: Encoder, images: Tensor) -> Tensor:
        code = read(encoder, images)
        return (code + read(encoder, images.flip(3))) / 2 if self.symmetric else code

    def _spread(self, codes: Tensor) -> Tensor:
        spread = codes.std(0)
        return torch.maximum(spread, (self.floor * spread.mean()).clamp_min(1e-6))
