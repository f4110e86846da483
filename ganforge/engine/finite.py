"""The guard between gradients and weights: an update with a non-finite loss or gradient never happens.

On a CPU each update is checked. On a GPU a check would stop the pipeline, so the verdict stays on the device: it is
handed to the optimizer, whose fused kernel then leaves the weights alone, it stays set for all later updates, and it
is read where the loop reads losses anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ganforge.errors import TrainingError


class FiniteGuard:
    """Watches losses and gradients.

    Args:
        device: where the run computes.
        deferred: read the verdict only at `raise_if_tripped`, without a synchronisation per update.
    """

    def __init__(self, device: torch.device, deferred: bool | None = None) -> None:
        self.deferred = device.type != "cpu" if deferred is None else deferred
        self._tripped = torch.zeros((), device=device)
        self._first: dict[str, Tensor] = {}

    def check(
        self,
        phase: str,
        step: int,
        terms: Mapping[str, Tensor],
        gradients: Sequence[Tensor | None],
        optimizer: torch.optim.Optimizer,
    ) -> None:
        """Look at one update before it is made.

        Raises:
            TrainingError: not deferred, and a loss or gradient is not finite.
        """
        present = [gradient for gradient in gradients if gradient is not None]
        norms = torch.stack(torch._foreach_norm(present)) if present else torch.zeros(1, device=self._tripped.device)
        named = dict(terms) | {f"the gradient of phase {phase}": norms.sum()}
        for name, value in named.items():
            bad = ~torch.isfinite(value.detach())
            if name not in self._first:
                self._first[name] = torch.full((), -1.0, device=bad.device)
            first = self._first[name]
            self._first[name] = torch.where(bad & (first < 0), torch.full_like(first, float(step)), first)
            self._tripped = torch.maximum(self._tripped, bad.to(self._tripped))
        if self.deferred:
            optimizer.grad_scale = None  # type: ignore[attr-defined]
            optimizer.found_inf = self._tripped  # type: ignore[attr-defined]
        else:
            self.raise_if_tripped()

    def raise_if_tripped(self) -> None:
        """Read the verdict.

        Raises:
            TrainingError: some loss or gradient was not finite; names the first of them and its step.
        """
        if not bool(self._tripped):
            return
        steps = {name: int(first) for name, first in self._first.items() if float(first) >= 0}
        # A gradient follows from its losses: name it only when every loss was finite.
        culprit = min(steps, key=lambda name: (steps[name], name.startswith("the gradient")))
        what = culprit if culprit.startswith("the gradient") else f"the loss {culprit!r}"
        raise TrainingError(
            f"{what} is not finite at step {steps[culprit]}; the weights were left as they were before",
            fix="lower the learning rate, clip gradients (clip_norm), or train in fp32",
        )
