"""Checks of batches: any size will do, an image's result is its own, and losses are means."""

from __future__ import annotations

import torch

from ganforge.testing.check import LOSSES, NETWORKS, TENSORS, Flaw, check
from ganforge.testing.faults import told
from ganforge.testing.outcome import gap, not_finite
from ganforge.testing.subject import Subject

CLOSE = 1e-3


@check(
    tuple(kind for kind in TENSORS if kind != "method"),
    finds="a batch size that is built in; in eval mode, a result that depends on the other images of the batch",
    why="Recipes choose the batch size, the dry run takes two images, and a user transfers one.",
    mend="Take sizes from the input; in eval mode use running statistics.",
)
def batch(subject: Subject) -> None:
    """Other batch sizes work; in eval mode, networks give each image the same."""
    network = subject.kind in NETWORKS
    for example in subject.examples():
        whole = example.run(train=False)
        for count in (1, 3) if network else (2, 5):
            try:
                part = example.rows(count).run(train=False)
            except Exception as error:
                raise Flaw(f"{example}: a batch of {count} fails: {told(error)}") from error
            if bad := not_finite(part):
                raise Flaw(f"{example}: of a batch of {count}, {bad} is not finite")
            for name, value in part.items():
                wanted = whole[name].shape if whole[name].ndim == 0 else (count, *whole[name].shape[1:])
                if tuple(value.shape) != tuple(wanted):
                    raise Flaw(f"{example}: of a batch of {count}, {name} is {list(value.shape)}")
                if network and gap(value, whole[name][:count]) > CLOSE:
                    raise Flaw(f"{example}: {name} of an image is another one when other images are beside it")


@check(
    LOSSES,
    finds="a sum over the batch where a mean belongs",
    why="The weight in a recipe would mean something else with each batch size.",
    mend="Divide by the number of samples: `.mean()` over the batch.",
)
def mean(subject: Subject) -> None:
    """The same batch twice gives what it gives once."""
    for example in subject.examples():
        doubled = example.given({name: torch.cat([example.inputs[name]] * 2) for name in example.batched})
        for name, value in doubled.run().items():
            once = example.run()[name]
            if gap(value, once) > CLOSE:
                single, double = float(once.detach()), float(value.detach())
                raise Flaw(f"{example}: of a batch {single:.4g}, of the same batch twice {double:.4g}")


CHECKS = (batch, mean)
