"""Plugin `faces`: photographs of faces and emoji, with the encoders, networks and measures that they need."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

GANFORGE_API = 1

COMPONENTS: tuple[Component, ...] = (
    Component(
        "metric",
        "retrieval",
        "ganforge_faces.retrieval:retrieval",
        "Measure the rank of each output's own photograph among all, on judges' features, beside its controls.",
    ),
    Component(
        "metric",
        "realism",
        "ganforge_faces.realism:realism",
        "Measure how outputs compare with real avatars on judges' features, and how photographs and avatars do.",
    ),
    Component(
        "metric",
        "diversity",
        "ganforge_faces.diversity:diversity",
        "Measure the mean distance of pairs of outputs over that of pairs of real avatars, on judges' features.",
    ),
    Component(
        "metric",
        "copies",
        "ganforge_faces.diversity:copies",
        "Measure the distance of outputs to the nearest training avatar, on judges' features, relative to real ones'.",
    ),
    Component(
        "metric",
        "traits",
        "ganforge_faces.traits:traits",
        "Measure the agreement of photographs and outputs on three traits: Spearman's rank correlation, from -1 to 1.",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """Return the components of this plugin."""
    return COMPONENTS
