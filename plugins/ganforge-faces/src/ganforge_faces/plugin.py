"""Plugin `faces`: photographs of faces and emoji, with the encoders, networks and measures that they need."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

GANFORGE_API = 1

COMPONENTS: tuple[Component, ...] = (
    Component(
        "generator",
        "generator",
        "ganforge_faces.generator:FaceGenerator",
        "Generator of the DTN for faces: upsampling and 1x1 convolutions, then tanh (Taigman et al., 2016, section 5).",
    ),
    Component(
        "generator",
        "residual-generator",
        "ganforge_faces.residual:ResidualGenerator",
        "Generator of residual blocks that double the map, then tanh (Miyato et al., 2018, appendix B.4).",
    ),
    Component(
        "generator",
        "replication-generator",
        "ganforge_faces.replication:ReplicationGenerator",
        "Generator of the replication's faces: six doublings to 64x64, then bilinear (Hua et al., CS229, 2017).",
    ),
    Component(
        "discriminator",
        "discriminator",
        "ganforge_faces.discriminator:FaceDiscriminator",
        "Discriminator of the DTN for faces: strided blocks with leaky ReLU (Taigman et al., 2016, section 5).",
    ),
    Component(
        "discriminator",
        "residual-discriminator",
        "ganforge_faces.residual:ResidualDiscriminator",
        "Discriminator of residual blocks that halve the map (Miyato et al., 2018, appendix B.4).",
    ),
    Component(
        "discriminator",
        "replication-discriminator",
        "ganforge_faces.replication:ReplicationDiscriminator",
        "Discriminator of the replication's faces: five strided 3x3 convolutions (Hua et al., CS229, 2017).",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """Return the components of this plugin."""
    return COMPONENTS
