"""The plugin `gans`: GANs that make images of noise, and CycleGAN, with their losses and networks."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

COMPONENTS = (
    Component(
        "method",
        "unconditional",
        "ganforge_gans.unconditional:Unconditional",
        "Images made of noise, with a discriminator that tells them from real ones (Goodfellow et al., 2014).",
    ),
    Component(
        "method",
        "cycle",
        "ganforge_gans.cycle:CycleGAN",
        "Unpaired translation between two domains: there and back again is where it began (Zhu et al., 2017).",
    ),
    Component(
        "generator",
        "dcgan-generator",
        "ganforge_gans.dcgan:DCGANGenerator",
        "DCGAN's generator: transposed convolutions from 1x1 up, a norm and ReLU after each, tanh at the end.",
    ),
    Component(
        "discriminator",
        "dcgan-discriminator",
        "ganforge_gans.dcgan:DCGANDiscriminator",
        "DCGAN's discriminator: convolutions of stride 2 down to 4x4, leaky ReLU, then one to the score.",
    ),
    Component(
        "generator",
        "residual-translator",
        "ganforge_gans.translation:ResidualTranslator",
        "CycleGAN's generator: images to images, two halvings, residual blocks, two doublings, tanh at the end.",
    ),
    Component(
        "discriminator",
        "patch-discriminator",
        "ganforge_gans.translation:PatchDiscriminator",
        "PatchGAN: a score for each of many overlapping patches of the image, by convolutions alone.",
    ),
    Component(
        "loss",
        "non-saturating",
        "ganforge_gans.adversarial:NonSaturating",
        "The cross-entropy of real and generated, G in its non-saturating form (Goodfellow et al., 2014, section 3).",
    ),
    Component(
        "loss",
        "hinge",
        "ganforge_gans.adversarial:Hinge",
        "The hinge loss: D lets be what is beyond a margin of 1 (Lim and Ye, 2017; Miyato et al., 2018, equation 16).",
    ),
    Component(
        "loss",
        "wasserstein",
        "ganforge_gans.adversarial:Wasserstein",
        "The Wasserstein loss: D's mean scores should be far apart (Arjovsky et al., 2017).",
    ),
    Component(
        "loss",
        "relativistic",
        "ganforge_gans.adversarial:Relativistic",
        "D says how much more real than the average of the other kind an image is (Jolicoeur-Martineau, 2018).",
    ),
    Component(
        "loss",
        "gradient-penalty",
        "ganforge_gans.penalties:gradient_penalty",
        "WGAN-GP: between real and generated images, D's gradient should have norm 1 "
        "(Gulrajani et al., 2017, equation 3).",
    ),
    Component(
        "loss",
        "r1",
        "ganforge_gans.penalties:r1",
        "R1: D's gradient at real images should vanish (Mescheder et al., 2018, equation 9): "
        "half its mean squared norm.",
    ),
    Component(
        "loss",
        "cycle-adversarial",
        "ganforge_gans.cycle_losses:CycleAdversarial",
        "Least squares in both directions: scores should be 1 for real and 0 for generated images (Mao et al., 2017).",
    ),
    Component(
        "loss",
        "cycle-consistency",
        "ganforge_gans.cycle_losses:cycle_consistency",
        "The mean absolute difference of images and what they are there and back again, both ways (equation 2).",
    ),
    Component(
        "loss",
        "cycle-identity",
        "ganforge_gans.cycle_losses:cycle_identity",
        "The mean absolute change of images that are of the wanted domain already (section 5.2).",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """The components of this plugin."""
    return COMPONENTS
