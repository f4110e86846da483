"""Options of the small components: the defaults satisfy the constraints, and invalid values do not."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest
from pydantic import TypeAdapter, ValidationError

from ganforge_basics import distances, optimizers, schedulers
from ganforge_basics.augmentations.affine import affine
from ganforge_basics.augmentations.blur import blur
from ganforge_basics.augmentations.color import color
from ganforge_basics.augmentations.cutout import cutout
from ganforge_basics.augmentations.noise import noise
from ganforge_basics.metrics.class_diversity import class_diversity
from ganforge_basics.metrics.density_coverage import density_coverage
from ganforge_basics.metrics.frechet_distance import frechet_distance
from ganforge_basics.metrics.kernel_distance import kernel_distance
from ganforge_basics.metrics.nearest_neighbour import nearest_neighbour
from ganforge_basics.metrics.precision_recall import precision_recall

COMPONENTS: list[Callable[..., Any]] = [
    *(distances.mse, distances.l1, distances.cosine, distances.combined),
    *(distances.soft_labels, distances.cross_entropy),
    *(optimizers.adam, optimizers.adamw, optimizers.sgd),
    *(schedulers.constant, schedulers.ramp, schedulers.cosine, schedulers.linear_decay),
    *(schedulers.multistep, schedulers.exponential),
    *(affine, color, noise, blur, cutout),
    *(frechet_distance, kernel_distance, precision_recall, density_coverage, class_diversity, nearest_neighbour),
]


def options(component: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(component).parameters
    return {name: p for name, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}


def validate(component: Callable[..., Any], option: str, value: object) -> object:
    return TypeAdapter(get_type_hints(component, include_extras=True)[option]).validate_python(value)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_defaults_are_valid_and_every_option_is_documented(component: Callable[..., Any]) -> None:
    documentation = inspect.getdoc(component) or ""
    for name, option in options(component).items():
        assert f"    {name}: " in documentation
        if option.default is not inspect.Parameter.empty:
            assert validate(component, name, option.default) == option.default


@pytest.mark.parametrize(
    ("component", "option", "value"),
    [
        (distances.combined, "mse", -1.0),
        (distances.soft_labels, "temperature", 0),
        (distances.cross_entropy, "label_smoothing", 1.5),
        (optimizers.adam, "lr", 0),
        (optimizers.adam, "betas", (0.5, 1.0)),
        (optimizers.sgd, "momentum", -0.1),
        (schedulers.ramp, "length", 0),
        (schedulers.linear_decay, "start", 1.1),
        (schedulers.multistep, "milestones", [-1]),
        (schedulers.exponential, "every", 0),
        (affine, "scale", (0, 1)),
        (affine, "padding", "mirror"),
        (color, "invert", 2),
        (noise, "std", -0.1),
        (blur, "sigma", (-1, 1)),
        (cutout, "size", 1.5),
        (frechet_distance, "images", 1),
        (kernel_distance, "subset_size", 1),
        (precision_recall, "neighbours", 0),
    ],
)
def test_nonsense_is_refused(component: Callable[..., Any], option: str, value: object) -> None:
    with pytest.raises(ValidationError):
        validate(component, option, value)
