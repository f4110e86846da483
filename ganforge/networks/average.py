"""Exponential moving average of a network's weights (EMA), often better than the weights of the last step."""

from __future__ import annotations

import copy

import torch
from torch import nn


class Average:
    """A copy of a network with parameters that follow it slowly.

    After each update, average = decay * average + (1 - decay) * weights, with the decay lowered to
    (1 + n) / (10 + n) at the n-th update, so that the first weights are soon forgotten. Buffers, such as the statistics
    of batch norm, are copied. The decay, in (0, 1), is the share of the old average that is kept.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self._source = network

    @torch.no_grad()
    def update(self, decay: float | None = None) -> None:
        """Follow the network by one update, with its own decay or a given one in (0, 1)."""
        decay = min(self.decay if decay is None else decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        torch._foreach_lerp_(list(self.network.parameters()), list(self._source.parameters()), 1 - decay)
        for mine, theirs in zip(self.network.buffers(), self._source.buffers(), strict=True):
            mine.copy_(theirs)
