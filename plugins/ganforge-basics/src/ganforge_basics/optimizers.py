"""Optimizers of torch, in their fused form where the parameters' device has one.

Fused steps are several times faster than the default ones, on CPU too, and just as repeatable: the same bits from the
same bits, whatever the number of threads. Their state goes through `state_dict`, and training resumes to the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW

from ganforge.errors import RecipeError

Rate = Annotated[float, Field(gt=0)]
Decay = Annotated[float, Field(ge=0)]
Beta = Annotated[float, Field(ge=0, lt=1)]

FUSED_DEVICES = {"cpu", "cuda"}


def adam(
    params: Iterable[nn.Parameter],
    *,
    lr: Rate = 2e-4,
    betas: tuple[Beta, Beta] = (0.5, 0.999),
    eps: Rate = 1e-8,
    weight_decay: Decay = 0.0,
) -> Adam:
    """Adam (Kingma and Ba, 2015), with DCGAN's learning rate and first beta.

    Args:
        lr: learning rate.
        betas: decay rates of the running means of the gradient and of its square.
        eps: added to the denominator.
        weight_decay: L2 penalty, added to the gradient.
    """
    params = list(params)
    return Adam(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, fused=_fused(params))


def adamw(
    params: Iterable[nn.Parameter],
    *,
    lr: Rate = 2e-4,
    betas: tuple[Beta, Beta] = (0.5, 0.999),
    eps: Rate = 1e-8,
    weight_decay: Decay = 0.01,
) -> AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019).

    Args:
        lr: learning rate.
        betas: decay rates of the running means of the gradient and of its square.
        eps: added to the denominator.
        weight_decay: the share, times the learning rate, that every weight loses at each step.
    """
    params = list(params)
    return AdamW(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, fused=_fused(params))


def sgd(
    params: Iterable[nn.Parameter],
    *,
    lr: Rate = 0.01,
    momentum: Decay = 0.9,
    weight_decay: Decay = 0.0,
    nesterov: bool = False,
) -> SGD:
    """Stochastic gradient descent with momentum.

    Args:
        lr: learning rate.
        momentum: the share of the last step that the next one keeps.
        weight_decay: L2 penalty, added to the gradient.
        nesterov: Nesterov's form of momentum.

    Raises:
        RecipeError: `nesterov` without momentum.
    """
    if nesterov and momentum == 0:
        raise RecipeError("sgd: nesterov needs momentum", fix="set momentum = 0.9, or nesterov = false")
    params = list(params)
    return SGD(params, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov, fused=_fused(params))


def _fused(params: Iterable[Tensor]) -> bool | None:
    """True where torch has a fused step for these parameters, None (torch's own choice) elsewhere."""
    return True if {param.device.type for param in params} <= FUSED_DEVICES else None
