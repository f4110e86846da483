"""Calls of components: what each kind is given when it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from ganforge.errors import GanforgeError
from ganforge.testing.check import Flaw, Inapplicable, describe_error
from ganforge.testing.examples.data import augmentation_examples, dataset_examples
from ganforge.testing.examples.example import Example
from ganforge.testing.examples.losses import distance_examples, loss_examples
from ganforge.testing.examples.methods import method_examples
from ganforge.testing.examples.metrics import metric_examples
from ganforge.testing.examples.networks import network_examples
from ganforge.testing.examples.optimizers import optimizer_examples, scheduler_examples
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


class Examples:
    """Calls of a component, which is built anew each time that they are iterated.

    Args:
        subject: the component.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def __iter__(self) -> Iterator[Example]:
        """Yield the calls.

        Raises:
            Inapplicable: the component cannot be called at all; the check `runs` reports why.
        """
        self.require()
        yield from self.unchecked()

    @property
    def trouble(self) -> Flaw | Inapplicable | None:
        """Return why the component cannot be built and called at all; None when it can."""
        return _trouble(self.subject)

    def require(self) -> None:
        """Make sure that the component can be called.

        Raises:
            Inapplicable: it cannot; the check `runs` reports why.
        """
        if isinstance(self.trouble, Inapplicable):
            raise self.trouble
        if self.trouble is not None:
            raise Inapplicable("it cannot be called: see the check `runs`")

    def unchecked(self) -> Iterator[Example]:
        """Yield the calls, without asking first whether the component can be called.

        Raises:
            Flaw: it is not what its kind requires.
            GanforgeError: it rejects everything that it is given.
        """
        yield from BUILDERS[self.subject.kind](self.subject)


@lru_cache(maxsize=8)  # the checks of a component follow each other
def _trouble(subject: Subject) -> Flaw | Inapplicable | None:
    try:
        for example in Examples(subject).unchecked():
            try:
                example.run()
            except (GanforgeError, Flaw):
                raise
            except Exception as error:
                return Flaw(f"{example}: {describe_error(error)}")
    except (Flaw, Inapplicable) as found:
        return found
    except GanforgeError as error:
        return Flaw(error.message, fix=error.fix)
    except Exception as error:
        return Flaw(describe_error(error))
    return None
