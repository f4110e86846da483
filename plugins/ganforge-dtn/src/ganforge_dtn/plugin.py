"""Plugin `dtn`: the Domain Transfer Network with its losses, metrics and digit networks."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

GANFORGE_API = 1

COMPONENTS = (
    Component(
        "method",
        "dtn",
        "ganforge_dtn.method:DomainTransferNetwork",
        "Domain transfer by G = g o f, with a discriminator of three classes (Taigman et al., 2016, section 4).",
    ),
    Component(
        "method",
        "direct",
        "ganforge_dtn.direct:DirectTransfer",
        "Domain transfer by a G that reads images; f serves f-constancy alone (Taigman et al., 2016, section 3).",
    ),
    Component(
        "method",
        "standardized",
        "ganforge_dtn.standardized:StandardizedTransfer",
        "Domain transfer by g of codes that are standardised in each domain by its own mean and standard deviation.",
    ),
    Component(
        "generator",
        "digit-generator",
        "ganforge_dtn.generator:DigitGenerator",
        "Generator of the DTN's replication: transposed convolutions, then tanh (Hua et al., CS229, 2017).",
    ),
    Component(
        "generator",
        "digit-translator",
        "ganforge_dtn.translator:DigitTranslator",
        "Generator that reads images, for `dtn/direct`: strided convolutions to a code, then `dtn/digit-generator`.",
    ),
    Component(
        "discriminator",
        "digit-discriminator",
        "ganforge_dtn.discriminator:DigitDiscriminator",
        "Discriminator of the DTN's replication: a small convolutional classifier (Hua et al., CS229, 2017).",
    ),
    Component(
        "loss",
        "ternary-adversarial",
        "ganforge_dtn.adversarial:TernaryAdversarial",
        "Adversarial loss of three classes, G(s), G(t) and t (L_D, L_GANG; Taigman et al., 2016, equations 3, 4).",
    ),
    Component(
        "loss",
        "binary-adversarial",
        "ganforge_dtn.adversarial:BinaryAdversarial",
        "Adversarial loss of two classes, generated and real, with one logit (Goodfellow et al., 2014, equation 1).",
    ),
    Component(
        "loss",
        "source-adversarial",
        "ganforge_dtn.adversarial:SourceAdversarial",
        "Adversarial loss of G(s) against t with one logit (R_GAN; Taigman et al., 2016, equation 1).",
    ),
    Component(
        "loss",
        "f-constancy",
        "ganforge_dtn.constancy:FConstancy",
        "Distance between f's readings of s and of G(s) (L_CONST; Taigman et al., 2016, equation 5).",
    ),
    Component(
        "loss",
        "identity",
        "ganforge_dtn.identity:Identity",
        "Distance between t and G(t) (L_TID; Taigman et al., 2016, equation 6).",
    ),
    Component(
        "loss",
        "total-variation",
        "ganforge_dtn.total_variation:total_variation",
        "Return the total variation of G(s) (L_TV; Taigman et al., 2016, equation 7).",
    ),
    Component(
        "metric",
        "encoder-accuracy",
        "ganforge_dtn.metrics:encoder_accuracy",
        "Measure the share of source images that f's head labels correctly: the ceiling of a faithful transfer.",
    ),
    Component(
        "metric",
        "encoder-agreement",
        "ganforge_dtn.metrics:encoder_agreement",
        "Measure the share of source images that f's head labels the same before and after the transfer.",
    ),
    Component(
        "metric",
        "constancy",
        "ganforge_dtn.metrics:constancy",
        "Measure the distance of f(G(s)) from f(s), which f-constancy minimises, by soft labels and by codes.",
    ),
    Component(
        "metric",
        "code-constancy",
        "ganforge_dtn.metrics:code_constancy",
        "Measure the distance of f(G(s)) from f(s) by codes alone: one minus the mean cosine of their angle.",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """Return the components of this plugin."""
    return COMPONENTS
