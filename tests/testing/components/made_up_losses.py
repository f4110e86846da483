"""Losses, distances, augmentations and methods: a right one of each kind, and wrong ones that differ in one thing."""

import torch
from torch import nn
from torch.nn import functional

from ganforge.errors import ShapeError
from ganforge.method import DataRole, Method, Role, geometric, monitor, noise, quantity, state, term


def edges(transferred_source, *, factor: float = 1.0):
    """A right loss that is a function.

    Args:
        transferred_source: G(s).
        factor: its factor.
    """
    return factor * (transferred_source[..., 1:] - transferred_source[..., :-1]).square().mean()


class Adversarial:
    """A right loss of several terms."""

    discriminator_outputs = 1

    @term(updates="discriminator")
    def d_real(self, real_verdict):
        """D."""
        return functional.softplus(-real_verdict).mean()

    @term(updates="generator")
    def g_source(self, source_verdict):
        """G."""
        return functional.softplus(-source_verdict).mean()

    @monitor
    def share(self, source_verdict):
        """The share of positive scores."""
        return (source_verdict > 0).float().mean()


def absolute(reference, value):
    """A right distance."""
    if reference.shape != value.shape:
        raise ValueError("shapes differ")
    return (reference - value).abs().mean()


@geometric
def mirror(images, generator):
    """A right augmentation: half of the images are mirrored."""
    chosen = torch.rand(len(images), 1, 1, 1, generator=generator).to(images.device) < 0.5
    return torch.where(chosen, images.flip(3), images)


def projections(transferred_source, target):
    """A right loss that draws: both sides along random lines."""
    size = transferred_source[0].numel()
    lines = torch.randn(size, 8, device=target.device, dtype=target.dtype) / size
    ours, theirs = (images.flatten(1) @ lines for images in (transferred_source, target))
    return (ours.sort(0).values - theirs.sort(0).values).square().mean()


def local(reference, value):
    """A right distance of images alone."""
    if reference.shape != value.shape or value.ndim != 4:
        raise ShapeError("it compares images of one shape")
    return (functional.avg_pool2d((reference - value).square(), 3) + 1e-6).sqrt().mean()


def saturation(images, generator):
    """A right augmentation of colour images alone."""
    if images.shape[1] != 3:
        raise ShapeError("grey has no saturation", fix="use it on colour images")
    amount = torch.rand(len(images), 1, 1, 1, generator=generator).to(images)
    return images + amount * (images.mean(1, keepdim=True) - images)


class Swaying:
    """A right augmentation with a state and the progress."""

    @state(initial=0.5)
    def share(self, share, progress):
        """The share of mirrored images."""
        return share.lerp(progress, 0.1)

    def __call__(self, images, generator, share, progress):
        """Mirror some."""
        chosen = torch.rand(len(images), 1, 1, 1, generator=generator).to(images.device) < share * progress
        return torch.where(chosen, images.flip(3), images)


class Leaning:
    """A right loss with a state."""

    @state(initial=0.0)
    def level(self, level, transferred_source):
        """The running mean."""
        return level.lerp(transferred_source.mean(), 0.1)

    def __call__(self, transferred_source, level, progress):
        """The distance from it."""
        return progress * (transferred_source - level).square().mean()


class Autoencoder(Method):
    """A right method."""

    networks = {"reader": Role("encoder", "reads"), "writer": Role("generator", "writes")}
    data = {"pictures": DataRole("any", labels="pictures_labels")}
    phases = {"writer": {"update": "writer"}}
    main, inputs, output, pictures_like = "writer", ("pictures",), "copy", "pictures"
    optimizers = {"writer": {"use": "basics/adam", "lr": 1e-3}}

    @quantity("[N, code_dim]")
    def reading(self, reader: nn.Module, pictures):
        """The code."""
        return reader(pictures)

    @quantity("[N, C, H, W] in [-1, 1]")
    def copy(self, writer: nn.Module, reading):
        """The copy."""
        return writer(reading)


class Receiver(Method):
    """A right method that makes images of noise."""

    networks = {"writer": Role("generator", "writes")}
    data = {"pictures": DataRole("any", labels="pictures_labels")}
    phases = {"writer": {"update": ["writer"]}}
    main, inputs, output, pictures_like = "writer", ("hum",), "picture", "pictures"
    optimizers = {"writer": {"use": "basics/adam"}}

    def facts(self, role, data, networks, losses):
        """Of the size of the noise."""
        return {"code_dim": 12, "image_size": data["pictures"].image_size, "out_channels": data["pictures"].channels}

    @noise("[N, 12], normal")
    def hum(self, count, generator):
        """The noise."""
        return torch.randn(count, 12, generator=generator)

    @quantity("[N, C, H, W]")
    def picture(self, writer: nn.Module, hum):
        """The picture."""
        return writer(hum)


class Overconfident(Adversarial):
    """A loss with a share in percent."""

    @monitor(unit="share")
    def share(self, source_verdict):
        """The share of positive scores, in percent."""
        return 100 * (source_verdict > -10).float().mean()


def unknown(transfered_source):
    """A loss with a slip of the pen."""
    return transfered_source.mean()


class Unrelated:
    """A loss that updates what its quantities do not go through."""

    @term(updates="discriminator")
    def d(self, transferred_source):
        """D has no part in this."""
        return transferred_source.mean()


def vector(transferred_source):
    """A loss for each image."""
    return transferred_source.square().mean((1, 2, 3))


def logarithm(source_verdict):
    """A loss that takes the logarithm of 0."""
    return -torch.log(torch.sigmoid(source_verdict)).mean()


def rounded(transferred_source):
    """A loss without a gradient."""
    return transferred_source.round().mean()


def detached(transferred_source):
    """A loss of something detached."""
    return transferred_source.detach().mean()


class Averaging:
    """A loss that remembers."""

    def __init__(self):
        self.sum = 0.0

    def __call__(self, transferred_source):
        """The loss in units of all that there have been."""
        value = transferred_source.square().mean()
        self.sum = self.sum + value.detach()
        return value / self.sum


class Tally:
    """A loss that counts its calls, and nothing more."""

    def __init__(self):
        self.calls = []

    def __call__(self, transferred_source):
        """The loss."""
        self.calls.append(1)
        return transferred_source.square().mean()


def total(transferred_source):
    """A loss that sums."""
    return transferred_source.square().sum()


def printed(source_verdict):
    """A loss that reads its value back."""
    value = functional.softplus(source_verdict).mean()
    return value * (2.0 if value.item() > 1e9 else 1.0)


def opposite(reference, value):
    """A distance with the wrong sign."""
    return -(reference - value).square().mean()


def correlation(reference, value):
    """A distance that grows as things come closer."""
    return 1 + functional.cosine_similarity(reference.flatten(1), value.flatten(1)).mean()


def careless(reference, value):
    """A distance that compares all with all."""
    return (reference - value).square().mean()


def nameless(first, second):
    """A distance of unknown parameters."""
    return (first - second).square().mean()


def bright(images, generator):
    """An augmentation that leaves the range."""
    return images * 1.5


def shuffled(images, generator):
    """An augmentation that draws from torch's own generator."""
    return images[torch.randperm(len(images))]


class Loud(Autoencoder):
    """A method that declares a range and does not keep it."""

    @quantity("[N, C, H, W] in [-1, 1]")
    def copy(self, writer: nn.Module, reading):
        """The copy, and twice that."""
        return 2 * writer(reading)


class Remembering(Autoencoder):
    """A right method with a state that depends on the data."""

    @state(initial=lambda method, data: torch.zeros(data["pictures"].channels))
    def colour(self, colour, pictures):
        """The running mean of each channel."""
        return colour.lerp(pictures.mean((0, 2, 3)), 0.1)

    @quantity("[N, C, H, W]")
    def plain(self, pictures, colour):
        """The pictures without it."""
        return pictures - colour.view(1, -1, 1, 1)


class Moody(Autoencoder):
    """A method with a state of what there is not."""

    @state(initial=0.0)
    def mood(self, mood, weather):
        """The mood."""
        return mood + weather


class Misshapen(Autoencoder):
    """A method that declares another shape."""

    @quantity("[N, classes]")
    def reading(self, reader: nn.Module, pictures):
        """The code."""
        return reader(pictures)


class Idle(Autoencoder):
    """A method that keeps the gradient from a network that it says it trains."""

    @quantity("[N, code_dim]")
    def reading(self, reader: nn.Module, pictures):
        """The code."""
        return reader(pictures).detach()


class Copying(Receiver):
    """A method that says it starts from noise, and needs pictures."""

    @quantity("[N, C, H, W]")
    def picture(self, writer: nn.Module, hum, pictures):
        """Half of each."""
        return (writer(hum) + pictures) / 2


class Hidden(Receiver):
    """A method with a quantity that has the name of its noise, and a noise that has that of its data."""

    @quantity("[N, 12]")
    def hum(self, pictures):
        """No noise."""
        return pictures.flatten(1)[:, :12]

    @noise("[N, 1]")
    def pictures_labels(self, count, generator):
        """No labels."""
        return torch.rand(count, 1, generator=generator)


class Inconsistent(Autoencoder):
    """A method that updates what it does not have."""

    phases = {"writer": {"update": "painter"}}
    optimizers = {"writer": {"use": "basics/adam", "rate": 1e-3}}
    compared = ("code", "wanting")


class Growing:
    """A loss with a state that changes its shape."""

    @state(initial=0.0)
    def seen(self, seen, transferred_source):
        """All means."""
        return transferred_source.mean((1, 2, 3))

    def __call__(self, transferred_source, seen):
        """The mean."""
        return transferred_source.square().mean() + seen.mean()


class InPlace(Leaning):
    """A loss that overwrites the old value of its state."""

    @state(initial=0.0)
    def level(self, level, transferred_source):
        """The running mean."""
        return level.lerp_(transferred_source.mean(), 0.1)


class Gambling(Leaning):
    """A loss with a state that is drawn."""

    @state(initial=0.0)
    def level(self, level, transferred_source):
        """A random mean."""
        return level.lerp(torch.randn_like(level), 0.1)


class Hoarding(Leaning):
    """A loss with a state that depends on how often it was computed."""

    def __init__(self):
        self.times = 0

    @state(initial=0.0)
    def level(self, level, transferred_source):
        """A count."""
        self.times += 1
        return level + self.times


class Stray(Swaying):
    """An augmentation with a state of a quantity that no method has."""

    @state(initial=0.5)
    def share(self, share, real_verdikt):
        """The share of mirrored images."""
        return share.lerp(real_verdikt.mean(), 0.1)


def impatient(transferred_source, progress):
    """A loss that divides by the progress."""
    return transferred_source.square().mean() / progress


def fading(images, generator, progress):
    """An augmentation that divides by the progress."""
    return (images / progress).clamp(0, 1)


def strong(images, generator, *, strength: float = 1.0):
    """An augmentation that acts at any strength.

    Args:
        strength: how much.
    """
    return (images + 0.1 + 0.1 * strength).clamp(0, 1)


@geometric
def torn(images, generator):
    """An augmentation that shifts each channel by itself, and calls that one move."""
    shifts = torch.randint(0, 4, (images.shape[1],), generator=generator).tolist()
    return torch.stack([images[:, channel].roll(by, 2) for channel, by in enumerate(shifts)], 1)


def gentle(images, generator, strength):
    """A right augmentation that takes its strength at each call."""
    return images + strength * (0.5 - images) / 2


class Startless(Growing):
    """A loss with a state that has no beginning."""

    @state(initial=lambda loss, data: data["weather"])
    def seen(self, seen):
        """Nothing."""
        return seen


RIGHT = {
    "loss": [edges, Adversarial, projections, Leaning],
    "distance": [absolute, local],
    "augmentation": [mirror, saturation, Swaying, gentle],
    "method": [Autoencoder, Receiver, Remembering],
}
WRONG = {
    "loss": [
        unknown,
        Unrelated,
        vector,
        logarithm,
        rounded,
        detached,
        Averaging,
        Tally,
        total,
        printed,
        Overconfident,
        Growing,
        Startless,
        InPlace,
        Gambling,
        Hoarding,
        impatient,
    ],
    "distance": [opposite, correlation, careless, nameless],
    "augmentation": [bright, shuffled, fading, strong, torn, Stray],
    "method": [Loud, Misshapen, Idle, Copying, Hidden, Inconsistent, Moody],
}
