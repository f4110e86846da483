"""Methods with noise that is not as declared, or that does not come from its generator."""

import torch
from made_up_losses import Receiver

from ganforge.method import given, noise


class Tuned(Receiver):
    """A method with noise from another generator."""

    @noise("[N, 12], normal")
    def hum(self, count, generator):
        """The noise."""
        return torch.randn(count, 12)


class Constant(Receiver):
    """A method with constant noise."""

    @noise("[N, 12], 1")
    def hum(self, count, generator):
        """No noise."""
        return torch.ones(count, 12)


class Counted(Receiver):
    """A method with noise that grows from one time to the next."""

    def __init__(self):
        self.times = 0

    @noise("[N, 12], normal")
    def hum(self, count, generator):
        """The noise."""
        self.times += 1
        return torch.randn(count, 12, generator=generator) * self.times


class Reseeded(Receiver):
    """A method that adds noise of a generator of its own, which it seeds like torch's."""

    @noise("[N, 12], normal")
    def hum(self, count, generator):
        """The noise."""
        own = torch.Generator().manual_seed(torch.initial_seed())
        return torch.randn(count, 12, generator=generator) + torch.randn(count, 12, generator=own)


class Single(Receiver):
    """A method with one row for a whole batch."""

    @noise("[N, 12], normal")
    def hum(self, count, generator):
        """One row."""
        return torch.randn(1, 12, generator=generator)


class Narrow(Receiver):
    """A method that declares twice as many numbers as it draws."""

    size = 24

    @noise("[N, size], normal")
    def hum(self, count, generator):
        """Half of the noise."""
        return torch.randn(count, 12, generator=generator)


class Whole(Receiver):
    """A method with whole numbers for noise."""

    @noise("[N, 12]")
    def hum(self, count, generator):
        """0 to 99."""
        return torch.randint(100, (count, 12), generator=generator)


class Double(Receiver):
    """A method with noise in double precision."""

    @noise("[N, 12], normal")
    def hum(self, count, generator):
        """The noise."""
        return torch.randn(count, 12, generator=generator, dtype=torch.float64)


class Boundless(Receiver):
    """A method that divides by 0."""

    @noise("[N, 12]")
    def hum(self, count, generator):
        """Infinity."""
        return torch.rand(count, 12, generator=generator) / 0


class Undrawable(Receiver):
    """A method with noise that is no function of a count."""

    @noise("[N, 12], normal")
    def hum(self, generator):
        """The noise."""
        return torch.randn(8, 12, generator=generator)


class Beyond(Receiver):
    """A method with a class that is none of its three."""

    inputs = ("hum", "kind")

    @given("int64 [N]", values=3)
    def kind(self, count, generator):
        """The class."""
        return torch.randint(4, (count,), generator=generator)


class Untyped(Receiver):
    """A method with a class of another type than it says."""

    @given("int64 [N]", values=3)
    def kind(self, count, generator):
        """The class."""
        return torch.randint(3, (count,), generator=generator).float()


RIGHT = {}
WRONG = {
    "method": [
        *(Tuned, Constant, Counted, Reseeded, Single, Narrow, Whole, Double, Boundless, Undrawable),
        *(Beyond, Untyped),
    ]
}
