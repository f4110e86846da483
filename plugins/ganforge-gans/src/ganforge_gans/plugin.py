"""Plugin `gans`: unconditional GANs and CycleGAN, with their losses and networks."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

COMPONENTS = (
    Component(
        "method",
        "unconditional",
        "ganforge_gans.unconditional:Unconditional",
        "Unconditional GAN: images from noise against real images (Goodfellow et al., 2014, equation 1).",
    ),
    Component(
        "method",
        "cycle",
        "ganforge_gans.cycle:CycleGAN",
        "Unpaired translation between two domains, consistent there and back (Zhu et al., 2017, equation 3).",
    ),
    Component(
        "generator",
        "dcgan-generator",
        "ganforge_gans.dcgan:DCGANGenerator",
        "Generator of DCGAN: transposed convolutions with norm and ReLU, then tanh (Radford et al., 2016, section 3).",
    ),
    Component(
        "discriminator",
        "dcgan-discriminator",
        "ganforge_gans.dcgan:DCGANDiscriminator",
        "Discriminator of DCGAN: strided convolutions, leaky ReLU, one score (Radford et al., 2016, section 3).",
    ),
    Component(
        "generator",
        "residual-translator",
        "ganforge_gans.translation:ResidualTranslator",
        "Generator of CycleGAN: two halvings, residual blocks, two doublings, tanh (Zhu et al., 2017, section 4).",
    ),
    Component(
        "discriminator",
        "patch-discriminator",
        "ganforge_gans.translation:PatchDiscriminator",
        "PatchGAN: one score for each of many overlapping patches (Isola et al., 2017, section 3.2.2).",
    ),
    Component(
        "loss",
        "non-saturating",
        "ganforge_gans.adversarial:NonSaturating",
        "Cross-entropy of real and generated images, non-saturating for G (Goodfellow et al., 2014, section 3).",
    ),
    Component(
        "loss",
        "hinge",
        "ganforge_gans.adversarial:Hinge",
        "Hinge loss: D ignores scores beyond a margin of 1 (Lim and Ye, 2017; Miyato et al., 2018, equations 16, 17).",
    ),
    Component(
        "loss",
        "wasserstein",
        "ganforge_gans.adversarial:Wasserstein",
        "Wasserstein loss: the difference of D's mean scores (Arjovsky et al., 2017, equation 2).",
    ),
    Component(
        "loss",
        "relativistic",
        "ganforge_gans.adversarial:Relativistic",
        "Relativistic average loss: scores relative to the mean of the other kind (Jolicoeur-Martineau, 2018).",
    ),
    Component(
        "loss",
        "gradient-penalty",
        "ganforge_gans.penalties:gradient_penalty",
        "Penalise norms of D's gradient other than 1 (WGAN-GP; Gulrajani et al., 2017, equation 3).",
    ),
    Component(
        "loss",
        "r1",
        "ganforge_gans.penalties:r1",
        "Penalise D's gradient at real images by half its mean squared norm (R1; Mescheder et al., 2018, equation 9).",
    ),
    Component(
        "loss",
        "cycle-adversarial",
        "ganforge_gans.cycle_losses:CycleAdversarial",
        "Least-squares adversarial loss in both directions (Mao et al., 2017, equation 2 with a = 0, b = c = 1).",
    ),
    Component(
        "loss",
        "cycle-consistency",
        "ganforge_gans.cycle_losses:cycle_consistency",
        "Return the mean absolute error of reconstructed images, both ways (L_cyc; Zhu et al., 2017, equation 2).",
    ),
    Component(
        "loss",
        "cycle-identity",
        "ganforge_gans.cycle_losses:cycle_identity",
        "Return the mean absolute change of images already in the output domain (Zhu et al., 2017, section 5.2).",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """Return the components of this plugin."""
    return COMPONENTS
