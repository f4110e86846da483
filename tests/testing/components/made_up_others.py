"""Datasets, metrics, optimizers and schedulers: a right one of each kind, and wrong ones that differ in one thing."""

from pathlib import Path

import numpy as np
import torch

from ganforge.data.images import DataFile, Images
from ganforge.errors import DataError
from ganforge.method import metric


class Noise:
    """A right dataset that is generated.

    Args:
        count: how many images.
    """

    classes = 4

    def __init__(self, *, count: int = 100):
        self.count = count

    def files(self):
        """None."""
        return ()

    def decode(self):
        """Noise."""
        draw = np.random.default_rng(0)
        pixels = draw.integers(0, 256, (self.count, 8, 8, 1), np.uint8)
        return Images(pixels, np.arange(self.count, dtype=np.int64) % 4)


class Stored(Noise):
    """A right dataset that is read.

    Args:
        data_root: the folder that holds all data.
    """

    classes = None

    def __init__(self, *, data_root: Path):
        self.path = data_root / "noise.npy"

    def files(self):
        """One file."""
        return [DataFile(self.path)]

    def decode(self):
        """The images in the file."""
        if not self.path.is_file():
            raise DataError(f"{self.path} is missing", fix="put it there")
        return Images(np.load(self.path))


class Relative(Stored):
    """A dataset with a path relative to the working directory."""

    def files(self):
        """A relative path."""
        return [DataFile(Path("noise.npy"))]


class Abrupt(Stored):
    """A dataset that does not say what to do."""

    def decode(self):
        """The images in the file."""
        return Images(np.load(self.path))


class Scaled(Noise):
    """A dataset of images in [0, 1]."""

    def decode(self):
        """Black images."""
        decoded = super().decode()
        return Images((decoded.images / 255).astype(np.uint8), decoded.labels)


class Shallow(Noise):
    """A dataset of 8 bits in 16."""

    def decode(self):
        """Dark images."""
        decoded = super().decode()
        return Images(decoded.images.astype(np.uint16), decoded.labels)


class Misdeclared(Noise):
    """A dataset of images of another size than it says."""

    image_size = 12


class FromOne(Noise):
    """A dataset with labels that are counted from 1."""

    def decode(self):
        """Labels 1 to 4."""
        decoded = super().decode()
        return Images(decoded.images, decoded.labels + 1)


class HalfNamed(Noise):
    """A dataset with names of some of its classes."""

    def decode(self):
        """Two names."""
        decoded = super().decode()
        return Images(decoded.images, decoded.labels, class_names=["cat", "dog"])


class Unlabelled(Noise):
    """A dataset of classes without labels."""

    def decode(self):
        """No labels."""
        return Images(super().decode().images)


class Hashed(Noise):
    """A dataset in the order of a set."""

    def decode(self):
        """Another order in each process."""
        order = [int(name) for name in {str(index) for index in range(self.count)}]
        decoded = super().decode()
        return Images(decoded.images[order], decoded.labels[order])


class Fresh(Noise):
    """A dataset that is another one each time."""

    def decode(self):
        """New noise."""
        pixels = np.random.default_rng().integers(0, 256, (self.count, 8, 8, 1), np.uint8)
        return Images(pixels, super().decode().labels)


class Seeded(Noise):
    """A dataset that seeds numpy's own generator."""

    def decode(self):
        """Noise of everybody's generator."""
        np.random.seed(0)
        return Images(np.random.randint(0, 256, (self.count, 8, 8, 1)).astype(np.uint8), super().decode().labels)


@metric(unit="image")
def brightness(outputs):
    """A right metric."""
    return float(outputs.mean())


@metric(unit={"mean": "image"})
def unitless(outputs):
    """A metric that does not say what one of its parts means."""
    return {"mean": float(outputs.mean()), "spread": float(outputs.std())}


@metric(unit={"dark": "share", "*-bright": "share"}, better={"dark": "lower"})
def shares(outputs):
    """A right metric of several parts."""
    dark = float((outputs < 128).mean())
    return {"dark": dark, "half-bright": 1 - dark}


@metric(unit="distance", better="lower", judges="scores")
def unasked(outputs, judges):
    """A metric that reads features of judges and declares class scores."""
    return {name: float(judge.features(outputs).std()) for name, judge in judges.items()}


@metric(unit="share")
def percent(outputs):
    """A metric in percent."""
    return float(100 * (outputs < 128).mean())


def tensor(outputs):
    """A metric that returns a tensor."""
    return torch.from_numpy(outputs).float().mean()


def spread(outputs):
    """A metric that one image has no value of."""
    return float(torch.from_numpy(outputs).float().mean((1, 2, 3)).std())


def sorting(targets):
    """A metric that sorts what it is given."""
    targets.sort(axis=0)
    return float(targets[0].mean())


def descent(params, *, lr: float = 0.01):
    """A right optimizer.

    Args:
        params: the parameters.
        lr: learning rate.
    """
    return torch.optim.SGD(params, lr=lr, momentum=0.5)


class _Plain(torch.optim.Optimizer):
    """Gradient descent by hand."""

    sign, fixed, pushes_all = -1.0, None, False

    def __init__(self, params):
        super().__init__(params, {"lr": 0.01})
        self.calls = 0

    def step(self, closure=None):
        self.calls += 1
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    slope = torch.ones_like(parameter) if parameter.grad is None else parameter.grad
                    if parameter.grad is not None or self.pushes_all:
                        parameter += self.sign * (self.fixed or group["lr"]) * slope * self.decay()

    def decay(self):
        return 1.0


class _Ascending(_Plain):
    sign = 1.0


class _Fixed(_Plain):
    fixed = 0.01


class _Pushing(_Plain):
    pushes_all = True


class _Decaying(_Plain):
    def decay(self):
        return 0.9**self.calls


def ascending(params):
    """An optimizer that goes uphill."""
    return _Ascending(params)


def fixed(params):
    """An optimizer with a rate of its own."""
    return _Fixed(params)


def pushing(params):
    """An optimizer that moves what has no gradient."""
    return _Pushing(params)


def decaying(params):
    """An optimizer that counts where no checkpoint looks."""
    return _Decaying(params)


def half(step, steps, *, final: float = 0.5):
    """A right scheduler.

    Args:
        step: from 0.
        steps: of the training.
        final: the factor of the second half.
    """
    return 1.0 if step < steps / 2 else final


def below(step, steps):
    """A scheduler that ends below 0."""
    return 1 - 2 * step / steps


def zero_steps(step, steps):
    """A scheduler that cannot do a training of one step."""
    return 1 - step / (steps - 1)


RIGHT = {"dataset": [Noise, Stored], "metric": [brightness, shares], "optimizer": [descent], "scheduler": [half]}
WRONG = {
    "dataset": [Relative, Abrupt, Scaled, Shallow, Misdeclared, FromOne, HalfNamed, Unlabelled, Hashed, Fresh, Seeded],
    "metric": [tensor, spread, sorting, unitless, percent, unasked],
    "optimizer": [ascending, fixed, pushing, decaying],
    "scheduler": [below, zero_steps],
}
