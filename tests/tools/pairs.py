"""A plugin for these tests: translation between images that belong together, one to one."""

import torch
from torch import nn

from declare import declare
from ganforge.method import DataRole, Method, Role, metric, quantity
from ganforge.plugins import hookimpl


class Translation(Method):
    """Pictures of sketches, whatever images the recipe gives."""

    networks = {"painter": Role("generator", "turns sketches into pictures")}
    data = {
        "sketch": DataRole("the sketches", labels="sketch_labels"),
        "picture": DataRole("the pictures", labels="picture_labels"),
    }
    phases = {"painter": {"update": "painter"}}
    main = "painter"
    inputs = ("sketch",)
    output = "painted"
    pictures_like = "picture"
    optimizers = {"painter": {"use": "basics/sgd", "lr": 0.3}}

    @quantity("[N, C, H, W], in the pictures' range")
    def painted(self, painter, sketch):
        """The painter's picture."""
        return painter(sketch)

    @quantity("[N]")
    def misfit(self, painted, picture):
        """The distance of each picture from the one paired with the sketch."""
        return (painted - picture).square().mean((1, 2, 3))


class Painting(Translation):
    """Pictures of sketches, each of which has one."""

    data = {**Translation.data, "picture": DataRole("the pictures", labels="picture_labels", paired_with="sketch")}


class Painter(nn.Module):
    """Multiplies by a number and adds another."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, images):
        return self.gain * images + self.offset


def apart(misfit):
    """Return the mean of the misfits."""
    return misfit.mean()


@metric(unit="distance", better="lower")
def largest(misfit):
    """Return the largest misfit, a quantity of both roles."""
    return float(misfit.max())


COMPONENTS = {
    "method": {"translation": Translation, "painting": Painting},
    "generator": {"painter": Painter},
    "loss": {"apart": apart},
    "metric": {"largest": largest},
}


@hookimpl
def ganforge_components():
    return declare(__name__, COMPONENTS)
