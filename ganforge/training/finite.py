"""Guard that prevents an update with a non-finite loss or gradient.

On a CPU each update is checked. On a GPU a check would stall the pipeline, so the verdict stays on the device: a fused
optimizer receives it and leaves the weights alone, it stays set for all later updates, and the training loop reads it
together with the losses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ganforge.errors import TrainingError


class FiniteGuard:
    """Checks losses and gradients.

    Args:
        device: the device of the run.
        deferred: read the verdict only at `raise_if_tripped`, without a synchronisation per update; by default on a
            GPU. Updates by optimizers without a fused kernel are always checked at once.
    """

    def __init__(self, device: torch.device, deferred: bool | None = None) -> None:
        self.deferred = device.type != "cpu" if deferred is None else deferred
        self._tripped = torch.zeros((), device=device)
        # By phase and terms: names of the checked values, and for each the step in which it tripped the guard, else -1.
        self._watched: dict[tuple[str, ...], list[str]] = {}
        self._first: dict[tuple[str, ...], Tensor] = {}

    def check(
        self,
        phase: str,
        step: int,
        terms: Mapping[str, Tensor],
        gradients: Sequence[Tensor | None],
        *optimizers: torch.optim.Optimizer,
    ) -> None:
        """Check one update before it is made.

        Args:
            phase: the name of the phase.
            step: the step, counted from 0.
            terms: the losses by name, scalars.
            gradients: of the phase's parameters.
            optimizers: the optimizers that are about to make the update.

        Raises:
            TrainingError: not deferred, and a loss or gradient is not finite.
        """
        present = [gradient for gradient in gradients if gradient is not None]
        total = torch.stack(torch._foreach_norm(present)).sum() if present else self._tripped.new_zeros(())
        bad = ~torch.isfinite(torch.stack([*(value.detach() for value in terms.values()), total]))
        watched = (phase, *terms)  # lazy terms are missing in some steps
        if watched not in self._first:
            self._watched[watched] = [f"the loss {name!r}" for name in terms] + [f"the gradient of the phase {phase!r}"]
            self._first[watched] = torch.full(bad.shape, -1.0, device=bad.device)
        self._first[watched] = torch.where(bad & (self._tripped == 0), float(step), self._first[watched])
        self._tripped = torch.maximum(self._tripped, bad.any().to(self._tripped))
        if self.deferred and all(getattr(optimizer, "_step_supports_amp_scaling", False) for optimizer in optimizers):
            for optimizer in optimizers:
                optimizer.grad_scale = None  # type: ignore[attr-defined]
                optimizer.found_inf = self._tripped  # type: ignore[attr-defined]
        else:
            self.raise_if_tripped()

    def raise_if_tripped(self) -> None:
        """Read the verdict.

        Raises:
            TrainingError: a loss or gradient was not finite; names the first one and its step.
        """
        if not bool(self._tripped):
            return
        # Losses precede the gradient: a non-finite loss is the cause of a non-finite gradient.
        step, what = next(
            (int(step), what)
            for phase, first in self._first.items()
            for step, what in zip(first.tolist(), self._watched[phase], strict=True)
            if step >= 0
        )
        raise TrainingError(
            f"{what} is not finite in step {step + 1}; the weights were left as they were before",
            fix="lower the learning rate, clip gradients (clip_norm), or train in fp32",
        )
