"""What f itself thinks: the ceiling of a transfer, and the measure that adversarial noise deceives."""

from __future__ import annotations

from torch import Tensor


def encoder_accuracy(source_logits: Tensor, labels: Tensor) -> float:
    """The share of source images that f's head labels rightly: what a faithful transfer can reach.

    Args:
        source_logits: f's class scores of s, [N, classes].
        labels: the true labels, int64 [N].
    """
    return float((source_logits.argmax(1) == labels).double().mean())


def encoder_agreement(source_logits: Tensor, transferred_logits: Tensor) -> float:
    """The share of source images of which f's head says the same before and after the transfer.

    High together with a low transfer accuracy means that g has learnt to deceive f.

    Args:
        source_logits: f's class scores of s, [N, classes].
        transferred_logits: f's class scores of G(s), [N, classes].
    """
    return float((source_logits.argmax(1) == transferred_logits.argmax(1)).double().mean())
