"""The plugin `dtn`: the Domain Transfer Network, its losses and its networks for digits."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

GANFORGE_API = 1

COMPONENTS = (
    Component(
        "method",
        "dtn",
        "ganforge_dtn.method:DomainTransferNetwork",
        "Domain transfer by G = g o f, with a discriminator of three classes (Taigman et al., 2016).",
    ),
    Component(
        "method",
        "direct",
        "ganforge_dtn.direct:DirectTransfer",
        "Domain transfer by a G that reads images itself, while f serves f-constancy alone (Taigman et al., 2016).",
    ),
    Component(
        "generator",
        "digit-generator",
        "ganforge_dtn.generator:DigitGenerator",
        "Generator of the DTN's replication: transposed convolutions, tanh at the end.",
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
        "Discriminator of the DTN's replication: a small convolutional classifier.",
    ),
    Component(
        "loss",
        "ternary-adversarial",
        "ganforge_dtn.adversarial:TernaryAdversarial",
        "D tells G(s), G(t) and t apart; g wants both of its kinds taken for t (Taigman et al., equations 3 and 4).",
    ),
    Component(
        "loss",
        "binary-adversarial",
        "ganforge_dtn.adversarial:BinaryAdversarial",
        "D tells generated from real with one logit; g wants its images taken for real (Goodfellow et al., 2014).",
    ),
    Component(
        "loss",
        "source-adversarial",
        "ganforge_dtn.adversarial:SourceAdversarial",
        "D tells G(s) from t with one logit, and G(t) is left alone (R_GAN; Taigman et al., equation 1).",
    ),
    Component(
        "loss",
        "f-constancy",
        "ganforge_dtn.constancy:FConstancy",
        "The distance between what f reads in s and in G(s) (Taigman et al., equation 5).",
    ),
    Component(
        "loss",
        "identity",
        "ganforge_dtn.identity:Identity",
        "The distance between t and G(t) (L_TID; Taigman et al., equation 6).",
    ),
    Component(
        "loss",
        "total-variation",
        "ganforge_dtn.total_variation:total_variation",
        "The total variation of G(s) (L_TV; Taigman et al., equation 7).",
    ),
    Component(
        "metric",
        "encoder-accuracy",
        "ganforge_dtn.metrics:encoder_accuracy",
        "The share of source images that f's head labels rightly: what a faithful transfer can reach.",
    ),
    Component(
        "metric",
        "encoder-agreement",
        "ganforge_dtn.metrics:encoder_agreement",
        "The share of source images of which f's head says the same before and after the transfer.",
    ),
    Component(
        "metric",
        "constancy",
        "ganforge_dtn.metrics:constancy",
        "How far f(G(s)) is from f(s), as what f-constancy minimises: by f's soft labels and by its codes.",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """The components of this plugin."""
    return COMPONENTS
