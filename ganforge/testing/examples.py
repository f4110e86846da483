"""Which examples there are of a kind of component."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ganforge.testing.augmentation_examples import augmentation_examples
from ganforge.testing.dataset_examples import dataset_examples
from ganforge.testing.distance_examples import distance_examples
from ganforge.testing.example import Example
from ganforge.testing.loss_examples import loss_examples
from ganforge.testing.method_examples import method_examples
from ganforge.testing.metric_examples import metric_examples
from ganforge.testing.network_examples import network_examples
from ganforge.testing.optimizer_examples import optimizer_examples
from ganforge.testing.scheduler_examples import scheduler_examples
from ganforge.testing.subject import Subject

BUILDERS: Mapping[str, Callable[[Subject], Iterator[Example]]] = {
    "dataset": dataset_examples,
    "augmentation": augmentation_examples,
    "encoder": network_examples,
    "generator": network_examples,
    "discriminator": network_examples,
    "method": method_examples,
    "loss": loss_examples,
    "distance": distance_examples,
    "metric": metric_examples,
    "optimizer": optimizer_examples,
    "scheduler": scheduler_examples,
}


def examples_of(subject: Subject) -> Iterator[Example]:
    """Calls of a component, freshly built.

    Raises:
        Flaw: it is not what its kind is to be.
        GanforgeError: it refuses all that it is given.
    """
    yield from BUILDERS[subject.kind](subject)
