"""Retrieval of photographs by their avatars: the test of identity, beside its controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import numpy as np
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import AtMost, Pictures, evenly, read
from ganforge_basics.metrics.retrieval import ranks
from ganforge_faces.controls import colours, nearest, strangers
from ganforge_faces.interval import Values, bootstrap

MEASURES: Mapping[str, Callable[[Values], Values]] = {
    "median-rank": lambda found: np.median(found, axis=-1),
    "rank-1": lambda found: (found == 1).mean(-1),
    "top-10-percent": lambda found: (found <= max(1, found.shape[-1] / 10)).mean(-1),
}


@metric(
    unit={
        **{"median-rank": "count", "rank-1": "share", "top-10-percent": "share"},
        **{"median-rank-*": "count", "rank-1-*": "share", "top-10-percent-*": "share"},
    },
    better={"median-rank": "lower", "rank-1": "higher", "top-10-percent": "higher"},
    judges="features",
)
def retrieval(
    inputs: Pictures,
    outputs: Pictures,
    targets: Pictures,
    source_code: Tensor,
    target_code: Tensor,
    judges: Mapping[str, Judge],
    *,
    images: AtMost = 10_000,
    centred: bool = True,
    side: Annotated[int, Field(ge=1)] = 8,
    draws: Annotated[int, Field(ge=1)] = 1000,
    seed: Annotated[int, Field(ge=0)] = 0,
) -> dict[str, float]:
    """Measure the rank of each output's own photograph among all, on judges' features, beside its controls.

    As `basics/retrieval` by cosine (Taigman et al., 2016, Table 4): `median-rank` from 1 to N, `rank-1` the share of
    outputs nearest to their own photograph, `top-10-percent` the share with a rank in the first tenth. `-low` and
    `-high` end the 95 % interval of each, by the bootstrap over the outputs. The controls are ranks of other pictures
    in the place of the outputs: `-colours` the photograph itself, reduced to a grid of colours; `-nearest` the real
    avatar with the f(t) nearest to f(s), each standardised in its domain; `-shuffled` the outputs of other photographs.
    Only ranks better than those of `-colours` and `-nearest` show identity beyond colours.

    Args:
        inputs: the photographs, uint8 [N, H, W, C].
        outputs: their avatars, uint8 [N, H, W, C].
        targets: real avatars, uint8 [M, H, W, C].
        source_code: f(s) of the photographs, [N, code_dim].
        target_code: f(t) of the real avatars, [M, code_dim].
        judges: networks with features that distinguish faces, and that took no part in the training.
        images: greatest number of photographs, taken at even intervals; ranks among different numbers of images do not
            compare.
        centred: subtract from all features of photographs, of outputs and of each control their own mean: most
            encoders tell drawings from photographs first of all.
        side: fields of the grid of colours per side.
        draws: samples of the bootstrap.
        seed: seed of the samples and of the shuffled pairs.

    Raises:
        DataError: there are fewer than two images.
    """
    rows = evenly(len(inputs), images)
    inputs, outputs = inputs[rows], outputs[rows]
    drawn = targets[nearest(source_code[rows], target_code)]
    candidates = {"": outputs, "-colours": colours(inputs, side), "-nearest": drawn}
    values: dict[str, float] = {}
    for name, judge in judges.items():
        reference = _directions(read(judge, inputs, images), centred)
        read_as = {control: _directions(read(judge, found, images), centred) for control, found in candidates.items()}
        read_as["-shuffled"] = read_as[""][strangers(len(inputs), seed)]
        found = {control: ranks(features, reference).numpy() for control, features in read_as.items()}
        for measure, of in MEASURES.items():
            low, high = bootstrap(found[""], of, draws, seed)
            values[f"{measure}/{name}"] = float(of(found[""]))
            values |= {f"{measure}-low/{name}": low, f"{measure}-high/{name}": high}
            values |= {f"{measure}{control}/{name}": float(of(found[control])) for control in found if control}
    return values


def _directions(features: Tensor, centred: bool) -> Tensor:
    """Return features as unit vectors: twice one minus the cosine is then their squared distance."""
    return functional.normalize(features - features.mean(0) if centred else features)
