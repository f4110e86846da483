"""A method with gradients among its quantities, and losses of these: right ones, and ones that forget the graph.

A gradient can be differentiated again only where it was computed with `create_graph=True`.
"""

import torch
from made_up_losses import Receiver
from torch import nn

from ganforge.method import DataRole, Role, noise, quantity, term


class Slopes(Receiver):
    """A right method with gradients among its quantities."""

    networks = {**Receiver.networks, "critic": Role("discriminator", "scores")}
    data = {"pictures": DataRole("any", labels="pictures_labels")}
    phases = {"critic": {"update": "critic"}, "writer": {"update": "writer"}}

    @noise("[N, 1, 1, 1], uniform in [0, 1)")
    def share(self, count, generator):
        """The share of the picture in a blend."""
        return torch.rand(count, 1, 1, 1, generator=generator)

    @quantity("[N, outputs]")
    def verdict(self, critic: nn.Module, picture):
        """The scores."""
        return critic(picture)

    @quantity("[N, outputs]")
    def guess(self, critic: nn.Module, pictures):
        """The scores of pictures, as constants."""
        with torch.no_grad():
            return critic(pictures)

    @quantity("[N, C, H, W]")
    def slope(self, critic: nn.Module, picture, pictures, share):
        """The direction that raises the score of a blend."""
        blend = (share * pictures + (1 - share) * picture).detach().requires_grad_()
        return torch.autograd.grad(critic(blend).sum(), blend, create_graph=True)[0]


class Stiff(Slopes):
    """A method with a gradient that cannot be differentiated again."""

    @quantity("[N, C, H, W]")
    def stiff_slope(self, critic: nn.Module, pictures):
        """The direction that raises the score of a picture."""
        given = pictures.detach().requires_grad_()
        return torch.autograd.grad(critic(given).sum(), given)[0]


@term(updates="critic")
def calm(slope):
    """A right loss of a gradient."""
    return slope.square().sum((1, 2, 3)).mean()


@term(updates="critic")
def even(slope):
    """A right loss of how a gradient differs from image to image."""
    return (slope - slope.mean(0)).square().sum((1, 2, 3)).mean()


@term(updates="critic")
def weighted(verdict, share):
    """A right loss of noise that is below 1, as it is drawn."""
    return (verdict * torch.log1p(-share).flatten(1)).mean()


@term(updates="critic")
def guided(verdict, guess):
    """A right loss that takes one of its quantities for a constant."""
    return (verdict - guess.detach()).square().mean()


@term(updates="critic")
def stiff(stiff_slope):
    """A loss of a gradient that cannot be differentiated again."""
    return stiff_slope.square().sum((1, 2, 3)).mean()


@term(updates="critic")
def padded(verdict, stiff_slope):
    """A loss of such a gradient and of scores, which do have one."""
    return verdict.mean() + stiff_slope.square().sum((1, 2, 3)).mean()


RIGHT = {"loss": [calm, even, weighted, guided], "method": [Slopes]}
WRONG = {"loss": [stiff, padded], "method": [Stiff]}
