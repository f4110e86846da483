"""A plugin for these tests: components that do what no sensible component does, and a method of few parts."""

import torch
from torch import nn

from declare import declare
from ganforge.errors import DataError
from ganforge.method import DataRole, Method, Role, monitor, noise, quantity, state, term
from ganforge.plugins import hookimpl
from ganforge_dtn.method import DomainTransferNetwork


def vector(transferred_source):
    """Return a loss that is not reduced to a mean."""
    return transferred_source.mean((1, 2, 3))


def number(transferred_source):
    """Return a loss that is not a tensor."""
    return 1.0


def detached(transferred_source):
    """Return a loss without a gradient."""
    return transferred_source.detach().mean()


def broadcasting(target_code, transferred_source):
    """Return a loss of shapes that match only by chance."""
    return nn.functional.mse_loss(target_code[:, :1], transferred_source.flatten(1))


def of_module(generator):
    """Return a loss of a network."""
    return generator.weight.mean()


def exploding(transferred_source, *, after: int = 3):
    """Return a loss that is not finite from call number `after` on."""
    exploding.calls += 1
    return transferred_source.mean() * (float("nan") if exploding.calls > after else 1.0)


exploding.calls = 0


def ripening(transferred_source, ripe_code, progress):
    """Return the progress plus half of it: once its own argument, once that of a quantity."""
    return transferred_source.mean() * 0 + progress + ripe_code.mean() / 2


def fading(images, generator, progress):
    """Fade the images to nothing towards the end of training."""
    return images * (1 - progress)


class Dark:
    """An augmentation that takes light away, all of it with strength 1."""

    def __call__(self, images, generator, strength):
        return images * (1 - strength)


def curious(images, generator, weather):
    """Ask for an argument that does not exist."""
    return images


def ripeness(ripe_code):
    """Measure a quantity that changes with the progress."""
    return ripe_code.mean()


def of_pool(pooled):
    """Measure a quantity that depends on a state."""
    return pooled.mean()


class Lecam:
    """A regularisation towards running means of D's scores, as LeCam's (Tseng et al., 2021)."""

    def __init__(self, *, decay: float = 0.9):
        self.decay = decay

    @state(initial=0.0)
    def real_mean(self, real_mean, real_verdict):
        """The running mean of D(t)."""
        return self.decay * real_mean + (1 - self.decay) * real_verdict.mean()

    @state(initial=0.0)
    def fake_mean(self, fake_mean, source_verdict, real_mean):
        """The running mean of D(G(s)), and a little of the other."""
        return self.decay * fake_mean + (1 - self.decay) * source_verdict.mean() + 0.01 * real_mean

    @term(updates="discriminator")
    def d(self, real_verdict, source_verdict, real_mean, fake_mean):
        """The distance of the scores from the means of the others."""
        return ((real_verdict - fake_mean) ** 2).mean() + ((real_mean - source_verdict) ** 2).mean()

    @monitor
    def gap(self, real_mean, fake_mean):
        """The distance between the means."""
        return real_mean - fake_mean


class Adaptive:
    """An augmentation that is chosen the more often the surer D is, as ADA's (Karras et al., 2020)."""

    def __init__(self, *, target: float = 0.0, speed: float = 0.1):
        self.target = target
        self.speed = speed

    @state(initial=0.5)
    def probability(self, probability, real_verdict):
        """The probability that an image is inverted."""
        sure = real_verdict[:, 2].sign().mean()
        return (probability + self.speed * (sure - self.target).sign()).clamp(0, 1)

    def __call__(self, images, generator, probability):
        chosen = torch.rand(len(images), 1, 1, 1, generator=generator) < probability
        return torch.where(chosen, 1 - images, images)


class Pooled(DomainTransferNetwork):
    """A domain transfer with a D that also sees images of earlier steps (Shrivastava et al., 2017)."""

    @noise("[N], uniform in [0, 1)")
    def choice(self, count, generator):
        """The image of the pool that each image is replaced by, or replaces."""
        return torch.rand(count, generator=generator)

    @state(initial=lambda method, data: torch.zeros(4, data["target"].channels, *2 * [data["target"].image_size]))
    def pool(self, pool, transferred_source, choice):
        """Images of earlier steps."""
        pool = pool.clone()
        pool[(choice[:2] * 4).long()] = transferred_source[:2]
        return pool

    @quantity("[N, C, H, W]")
    def pooled(self, pool, transferred_source, choice):
        """G(s), half of it replaced by images of the pool."""
        return torch.where((choice < 0.5).view(-1, 1, 1, 1), pool[(choice * 4).long()], transferred_source)

    @quantity("[N, 3]")
    def pooled_verdict(self, discriminator, pooled):
        """D's scores of them."""
        return discriminator(pooled)


class OnPool:
    """D knows the images of the pool."""

    @term(updates="discriminator")
    def d(self, pooled_verdict):
        return nn.functional.softplus(pooled_verdict[:, 2]).mean()


class Forgetful:
    """A loss with a state that asks for what there is not."""

    @state(initial=0.0)
    def mean(self, mean, weather):
        return mean

    def __call__(self, transferred_source, mean):
        return transferred_source.mean() * mean


class Nosy:
    """A loss that asks for another's state."""

    def __call__(self, transferred_source, real_mean):
        return transferred_source.mean() * real_mean


class Growing:
    """A loss with a state that changes its shape."""

    @state(initial=0.0)
    def seen(self, seen, transferred_source):
        return transferred_source.mean((1, 2, 3))

    def __call__(self, transferred_source, seen):
        return transferred_source.mean() + seen.mean()


class Headless:
    """A loss with a state that has no first value."""

    @state(initial=lambda loss, data: data["weather"])
    def seen(self, seen):
        return seen

    def __call__(self, transferred_source, seen):
        return transferred_source.mean() + seen


class Ripening(DomainTransferNetwork):
    """A domain transfer with a quantity that passes through a frozen network and still changes."""

    @quantity("[N, code_dim]")
    def ripe_code(self, source_code, progress):
        """A code with all numbers replaced by the progress."""
        return source_code * 0 + progress


def standard_score(source_code_mean, transferred_code):
    """Return a loss that needs a statistic."""
    return ((transferred_code - source_code_mean) ** 2).mean()


def on_target(transferred_target):
    """Measure a quantity that is not available in measurements."""
    return 0.0


def of_statistic(source_code_std):
    """Measure a statistic."""
    return 0.0


def of_real(target_code, examples):
    """Measure f's codes of real images, and the training images that outputs are to look like."""
    return {"mean": float(target_code.mean()), "rows": len(target_code), "examples": examples.mean() / 255}


def of_network(generator):
    """Measure a network."""
    return 0.0


def mean_pixel(outputs, inputs, targets):
    """Measure pictures alone, in several parts."""
    return {"outputs": outputs.mean(), "inputs": inputs.mean(), "targets": targets.mean()}


def brightness(outputs, targets):
    """Measure images generated from noise."""
    return {"outputs": outputs.mean(), "targets": targets.mean()}


class Fragile:
    """A metric that raises an error from its call number `after` on.

    Args:
        after: number of calls without an error.
        refuses: raise the error by which a metric refuses its images.
    """

    def __init__(self, *, after: int = 0, refuses: bool = False):
        self.left, self.refuses = after, refuses

    def __call__(self, outputs):
        """Return the mean."""
        self.left -= 1
        if self.left >= 0:
            return float(outputs.mean())
        raise DataError("too dark", fix="measure brighter images") if self.refuses else ZeroDivisionError("no light")


def mean_code(source_code):
    """Measure a quantity."""
    return float(source_code.mean())


class Refused:
    """A component that torch refuses to make."""

    def __init__(self, *, size: int = -1):
        torch.empty(size)


class Counting(torch.optim.SGD):
    """An optimizer that changes a number of its own and keeps one that is no tensor."""

    def step(self, closure=None):
        for group in self.param_groups:
            group["rounds"] = group.get("rounds", 0) + 1
            group["lr"] = 0.1 / group["rounds"]
            for parameter in group["params"]:
                self.state[parameter]["seen"] = self.state[parameter].get("seen", 0) + 1
        return super().step(closure)


def counting(params):
    """Create an optimizer with state that is no tensor."""
    return Counting(params, lr=0.1, momentum=0.5)


class Flat(nn.Module):
    """A code without a head: the mean of each channel, and its square."""

    def __init__(self, *, in_channels: int):
        super().__init__()
        self.in_channels, self.code_dim = in_channels, 2 * in_channels
        self.scale = nn.Parameter(torch.ones(in_channels))

    def forward(self, images):
        means = images.mean((2, 3)) * self.scale
        return torch.cat([means, means**2], 1)


class Named(Flat):
    """A code with a head for classes, a number that a weights file does not imply."""

    def __init__(self, *, in_channels: int, classes: int):
        super().__init__(in_channels=in_channels)
        self.head = nn.Linear(self.code_dim, classes)

    def classify(self, code):
        return self.head(code)


class NotAModule:
    """Something that is no network."""


class Square(nn.Module):
    """A discriminator of square images alone."""

    def __init__(self, *, image_size: int):
        super().__init__()


class Centroids(Method):
    """Codes pulled to the mean code of their class over all the data."""

    networks = {
        "reader": Role("encoder", "fixed", trained=False),
        "shift": Role("generator", "what is trained"),
    }
    data = {"images": DataRole("labelled images", labels="images_labels")}
    phases = {"shift": {"update": "shift"}}
    main = "shift"
    inputs = ("images",)
    output = "shifted"
    optimizers = {"shift": {"use": "basics/sgd", "lr": 0.1}}

    @quantity("[N, code_dim]")
    def code(self, reader, images):
        """The code."""
        return reader(images)

    @quantity("[10, code_dim]", over_data=True)
    def centroids(self, code, images_labels):
        """The mean code of each class."""
        return torch.stack([code[images_labels == label].mean(0) for label in range(10)])

    @quantity("[N, code_dim]")
    def shifted(self, shift, code):
        """The code after the trained network."""
        return shift(code)

    @quantity("[N, code_dim]")
    def goal(self, centroids, images_labels):
        """The goal of each code."""
        return centroids[images_labels]


class Shift(nn.Module):
    """Adds a vector."""

    def __init__(self, *, size: int = 6):
        super().__init__()
        self.by = nn.Parameter(torch.zeros(size))

    def forward(self, code):
        return code + self.by


def approach(shifted, goal):
    """Return the distance to the goal."""
    return ((shifted - goal) ** 2).mean()


COMPONENTS = {
    "loss": {
        "vector": vector,
        "number": number,
        "detached": detached,
        "of-module": of_module,
        "broadcasting": broadcasting,
        "exploding": exploding,
        "standard-score": standard_score,
        "ripening": ripening,
        "lecam": Lecam,
        "on-pool": OnPool,
        "forgetful": Forgetful,
        "nosy": Nosy,
        "growing": Growing,
        "headless": Headless,
        "refused": Refused,
        "approach": approach,
    },
    "metric": {
        "on-target": on_target,
        "of-statistic": of_statistic,
        "of-real": of_real,
        "of-network": of_network,
        "mean-pixel": mean_pixel,
        "brightness": brightness,
        "mean-code": mean_code,
        "fragile": Fragile,
        "ripeness": ripeness,
        "of-pool": of_pool,
    },
    "augmentation": {"fading": fading, "curious": curious, "dark": Dark, "adaptive": Adaptive},
    "optimizer": {"counting": counting},
    "encoder": {"flat": Flat, "named": Named},
    "generator": {"shift": Shift},
    "discriminator": {"not-a-module": NotAModule, "square": Square},
    "method": {"centroids": Centroids, "ripening": Ripening, "pooled": Pooled},
}


@hookimpl
def ganforge_components():
    return declare(__name__, COMPONENTS)
