"""A plugin for these tests: methods with outputs computed from given values."""

import torch
from torch import nn

from declare import declare
from ganforge.method import DataRole, Method, Role, given, quantity
from ganforge.plugins import hookimpl
from ganforge_gans.unconditional import Unconditional


class CGAN(Unconditional):
    """A GAN with a class-conditional generator and discriminator.

    Args:
        latent_dim: the size of the noise.
        views: augmentations before the discriminator.
    """

    data = {"images": DataRole("x: the real images", labels="label")}
    inputs = ("latent", "label")
    metrics = {"accuracy": {"use": "basics/transfer-accuracy"}}

    def facts(self, role, data, networks, losses):
        """As many classes as the data has."""
        return super().facts(role, data, networks, losses) | {"classes": data["images"].classes}

    @quantity("[N, C, H, W], in the images' range")
    def generated(self, generator, latent, label):
        """G(z, c)."""
        return generator(latent, label)

    @quantity("[N, 1]")
    def real_verdict(self, discriminator, real_view, label):
        """D(x, c)."""
        return discriminator(real_view, label)

    @quantity("[N, 1]")
    def generated_verdict(self, discriminator, generated_view, label):
        """D(G(z, c), c)."""
        return discriminator(generated_view, label)


class Forgetful(CGAN):
    """The same, with the class missing from its inputs."""

    inputs = ("latent",)


class Styled(Unconditional):
    """A GAN with a style for each image.

    Args:
        latent_dim: the size of the noise.
        views: augmentations before the discriminator.
    """

    inputs = ("latent", "style")

    @given("[N, 3], uniform in [0, 1]")
    def style(self, count, generator):
        """The style."""
        return torch.rand(count, 3, generator=generator)

    @quantity("[N, C, H, W], in the images' range")
    def generated(self, generator, latent, style):
        """G(z, s)."""
        return generator(torch.cat([latent[:, 3:], style], 1))


class Translation(Method):
    """Images to images of a class."""

    networks = {"generator": Role("generator", "G: what is trained")}
    data = {"images": DataRole("x", labels="label")}
    phases = {"generator": {"update": "generator"}}
    main, output, pictures_like = "generator", "translated", "images"
    inputs = ("images", "label")
    optimizers = {"generator": {"use": "basics/adam"}}

    def facts(self, role, data, networks, losses):
        """As the data."""
        images = data["images"]
        return {"in_channels": images.channels, "out_channels": images.channels, "classes": images.classes}

    @quantity("[N, C, H, W], in the images' range")
    def translated(self, generator, images, label):
        """G(x, c)."""
        return generator(images, label)


class Domains(Translation):
    """Images to images of a domain; in training it is the label.

    Args:
        count: how many domains there are.
    """

    inputs = ("images", "domain")
    wrong = False

    def __init__(self, *, count: int = 10):
        self.count = count

    @given("int64 [N], uniform", trained_from="label", values="count")
    def domain(self, count, generator):
        """The domain."""
        return torch.randint(self.count, (count,), generator=generator)

    @quantity("[N, C, H, W], in the images' range")
    def translated(self, generator, images, domain):
        """G(x, d)."""
        return generator(images, domain)


class Mistyped(Domains):
    """A domain that is drawn as no class."""

    @given("[N, 1], uniform", trained_from="label")
    def domain(self, count, generator):
        """The domain."""
        return torch.rand(count, 1, generator=generator)


class Writer(nn.Module):
    """Noise and a class to images: the class decides how bright they are, all alike before training.

    Args:
        code_dim: the size of the noise.
        out_channels: the channels of the images that it gives.
        image_size: their height and width.
        classes: how many there are.
    """

    def __init__(self, *, code_dim: int, out_channels: int, image_size: int, classes: int):
        super().__init__()
        self.shape = (out_channels, image_size, image_size)
        self.draw = nn.Linear(code_dim, out_channels * image_size * image_size)
        self.light = nn.Embedding(classes, 1)
        nn.init.zeros_(self.light.weight)

    def forward(self, code, label):
        return torch.tanh(0.1 * self.draw(code) + self.light(label)).reshape(-1, *self.shape)


class Critic(nn.Module):
    """Images and their class to scores, each linear in the pixels.

    Args:
        in_channels: the channels of the images that it reads.
        image_size: their height and width.
        classes: how many there are.
        outputs: how many scores.
    """

    def __init__(self, *, in_channels: int, image_size: int, classes: int, outputs: int = 1):
        super().__init__()
        self.shape = (outputs, in_channels * image_size * image_size)
        self.weight = nn.Embedding(classes, self.shape[0] * self.shape[1])
        self.bias = nn.Embedding(classes, outputs)
        nn.init.normal_(self.weight.weight, std=0.05)

    def forward(self, images, label):
        weight = self.weight(label).reshape(-1, *self.shape)
        return (weight @ images.flatten(1)[:, :, None])[:, :, 0] + self.bias(label)


class Tint(nn.Module):
    """Images and a class to images: each class adds a colour of its own.

    Args:
        in_channels: the channels of the images that it reads.
        out_channels: the channels of the images that it gives.
        classes: how many there are.
    """

    def __init__(self, *, in_channels: int, out_channels: int, classes: int):
        super().__init__()
        self.in_channels = in_channels
        self.mix = nn.Conv2d(in_channels, out_channels, 1)
        self.color = nn.Embedding(classes, out_channels)

    def forward(self, images, label):
        return torch.tanh(self.mix(images) + self.color(label)[:, :, None, None])


def sameness(translated, images):
    """Return the distance to the images."""
    return ((translated - images) ** 2).mean()


COMPONENTS = {
    "method": {
        "cgan": CGAN,
        "forgetful": Forgetful,
        "styled": Styled,
        "translation": Translation,
        "domains": Domains,
        "mistyped": Mistyped,
    },
    "generator": {"writer": Writer, "tint": Tint},
    "discriminator": {"critic": Critic},
    "loss": {"sameness": sameness},
}


@hookimpl
def ganforge_components():
    return declare(__name__, COMPONENTS)
