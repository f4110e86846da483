"""Metrics that f itself computes: the ceiling of a transfer, and a measure that adversarial noise deceives."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from ganforge.method import metric


@metric(unit="share", better="higher")
def encoder_accuracy(source_logits: Tensor, labels: Tensor) -> float:
    """The share of source images that f's head labels rightly: what a faithful transfer can reach.

    Args:
        source_logits: f's class scores of s, [N, classes].
        labels: the true labels, int64 [N].
    """
    return float((source_logits.argmax(1) == labels).double().mean())


@metric(unit="share", better="higher")
def encoder_agreement(source_logits: Tensor, transferred_logits: Tensor) -> float:
    """The share of source images of which f's head says the same before and after the transfer.

    High together with a low transfer accuracy means that g has learnt to deceive f.

    Args:
        source_logits: f's class scores of s, [N, classes].
        transferred_logits: f's class scores of G(s), [N, classes].
    """
    return float((source_logits.argmax(1) == transferred_logits.argmax(1)).double().mean())


@metric(unit="distance", better="lower")
def constancy(
    source_code: Tensor, transferred_code: Tensor, source_logits: Tensor, transferred_logits: Tensor
) -> dict[str, float]:
    """How far f(G(s)) is from f(s), as what f-constancy minimises: by f's soft labels and by its codes.

    `soft-labels` is the mean Kullback-Leibler divergence of the class probabilities of G(s) from those of s, in nats;
    `cosine` is the mean of one minus the cosine of the angle between the codes, from 0 to 2.

    Args:
        source_code: f(s), [N, code_dim].
        transferred_code: f(G(s)), [N, code_dim].
        source_logits: f's class scores of s, [N, classes].
        transferred_logits: f's class scores of G(s), [N, classes].
    """
    wanted = functional.log_softmax(source_logits.double(), dim=1)
    given = functional.log_softmax(transferred_logits.double(), dim=1)
    divergence = functional.kl_div(given, wanted, reduction="batchmean", log_target=True)
    cosine = functional.cosine_similarity(source_code.double().flatten(1), transferred_code.double().flatten(1))
    return {"soft-labels": float(divergence), "cosine": float(1 - cosine.mean())}
