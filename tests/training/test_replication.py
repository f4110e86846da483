"""Step for step, the engine computes what the DTN's replication does.

The joint training of Hua, Rempe and Zhang (CS229, 2017) is written down here plainly, in double precision: one forward
pass per domain, detached copies of G's images for D, then g against the updated D; Adam with weight decay, not fused.
The engine looks codes up, shares G's images between the two updates and differentiates only what it updates. From the
same weights and batches both must come to the same losses and weights.

Biases of convolutions right before batch norm are left out of the comparison, and the running means that they shift:
their gradient is 0 but for rounding, which Adam scales to full steps.
"""

import copy

import pytest
import torch
from torch.nn import functional
from torch.optim import Adam

STEPS = 5
ADAM = "lr = 1e-3\nbetas = [0.9, 0.999]\nweight_decay = 1e-6"
OPTIMIZERS = f"""[optimizers.generator]
use = "basics/adam"
{ADAM}
[optimizers.discriminator]
use = "basics/adam"
{ADAM}
"""


@pytest.fixture
def recipe(workshop):
    return lambda channels_last: workshop.changed(
        ('[optimizers.generator]\nuse = "basics/adam"\nschedule = { use = "basics/cosine", warmup = 5 }\n', OPTIMIZERS),
        ('precision = "fp32"', 'precision = "fp64"'),
        ("batch_size = 6", f"batch_size = 16\nchannels_last = {channels_last}"),
        ("width = 4\nema = 0.9", "width = 16"),
        (
            '[networks.discriminator]\nuse = "dtn/digit-discriminator"\nwidth = 4',
            '[networks.discriminator]\nuse = "dtn/digit-discriminator"\nwidth = 16',
        ),
    )


def is_class(verdict, label):
    return functional.cross_entropy(verdict, torch.full((len(verdict),), label))


def replicated(images):
    return torch.cat((images, images, images), 1)


class Replication:
    """The joint training loop of the replication."""

    def __init__(self, f, g, d):
        self.f, self.g, self.d = f, g, d
        self.g_optimizer = Adam(g.parameters(), lr=1e-3, weight_decay=1e-6, foreach=False)
        self.d_optimizer = Adam(d.parameters(), lr=1e-3, weight_decay=1e-6, foreach=False)

    def step(self, s, t):
        """One update of D, one of g; the losses."""
        f_s, f_t = self.f(s), self.f(replicated(t))
        g_s, g_t = self.g(f_s), self.g(f_t)
        losses = {
            "adversarial.d_source": is_class(self.d(g_s.detach()), 0),
            "adversarial.d_target": is_class(self.d(g_t.detach()), 1),
            "adversarial.d_real": is_class(self.d(t), 2),
        }
        self.d_optimizer.zero_grad()
        sum(losses.values()).backward()
        self.d_optimizer.step()
        g_losses = {
            "adversarial.g_source": is_class(self.d(g_s), 2),
            "adversarial.g_target": is_class(self.d(g_t), 2),
            "constancy": functional.mse_loss(self.f(replicated(g_s)), f_s.detach()),
            "identity": functional.mse_loss(g_t, t),
        }
        self.g_optimizer.zero_grad()
        sum((15 if "." not in name else 1) * loss for name, loss in g_losses.items()).backward()
        self.g_optimizer.step()
        return {name: loss.item() for name, loss in (losses | g_losses).items()}


@pytest.mark.parametrize("channels_last", ["true", "false"])
def test_five_steps_come_to_the_same_losses_and_weights(workshop, recipe, channels_last):
    recipe = recipe(channels_last)
    stepper = workshop.stepper(recipe)
    ours = stepper.parts.networks
    theirs = {role: copy.deepcopy(network) for role, network in ours.items()}
    loop = Replication(theirs["encoder"], theirs["generator"], theirs["discriminator"])
    for number in range(STEPS):
        s, t = (stepper.batches[role].images(number) for role in ("source", "target"))
        assert s.dtype == torch.float64
        expected = loop.step(s, t)
        stepper.step(number)
        assert stepper.take_means() == pytest.approx(expected, rel=1e-9)
    compared = 0
    for role in ("generator", "discriminator"):
        for (name, mine), (_, other) in zip(
            ours[role].state_dict().items(), theirs[role].state_dict().items(), strict=True
        ):
            if not follows_rounding(ours[role], name):
                torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-10, msg=f"{role}.{name}")
                compared += 1
    assert compared == 20


def follows_rounding(network, name):
    block, layer = name.rsplit(".", 2)[0], name.split(".", 2)[2]
    normalised = hasattr(network.get_submodule(block), "norm")
    return normalised and layer in ("convolution.bias", "norm.running_mean")
