"""Plugin `faces`: photographs of faces and emoji, with the encoders, networks and measures that they need."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

GANFORGE_API = 1

COMPONENTS: tuple[Component, ...] = (
    Component(
        "dataset",
        "synthetic-portraits",
        "ganforge_faces.synthetic_portraits:SyntheticPortraits",
        "Generated portraits, shaded and photograph-like: RGB, seven labelled attributes, for use without any data.",
    ),
    Component(
        "dataset",
        "synthetic-avatars",
        "ganforge_faces.synthetic_avatars:SyntheticAvatars",
        "Generated avatars, flat and outlined on white: RGB, seven labelled attributes, for use without any data.",
    ),
    Component(
        "encoder",
        "attribute-cnn",
        "ganforge_faces.attribute_cnn:AttributeCNN",
        "Encoder of strided convolutions with a head of face attributes: class scores are sums of attribute scores.",
    ),
    Component(
        "encoder",
        "attribute-residual-cnn",
        "ganforge_faces.attribute_residual_cnn:AttributeResidualCNN",
        "Residual encoder with a head of face attributes: a judge with another architecture than f (He et al., 2016).",
    ),
    Component(
        "metric",
        "attribute-accuracy",
        "ganforge_faces.attribute_metrics:attribute_accuracy",
        "Measure the share of images of which a classifier tells each attribute correctly.",
    ),
    Component(
        "metric",
        "attribute-agreement",
        "ganforge_faces.attribute_metrics:attribute_agreement",
        "Measure the share of outputs in which each judge sees each attribute of the source image.",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """Return the components of this plugin."""
    return COMPONENTS
