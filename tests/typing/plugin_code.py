"""Types that plugin authors see: code such as theirs, which mypy checks and nothing runs.

`assert_type` states what a type checker must infer. A line that ends in `# type: ignore[code]` is a mistake that it
must report: mypy's `warn_unused_ignores` makes it an error here if it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, assert_type

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

import ganforge
from ganforge.contracts import AdversarialLoss, Encoder, EncoderWithHead, ImageReader, has_head, reads_images
from ganforge.data.images import DataFile, Dataset, Images
from ganforge.errors import GanforgeError, ShapeError
from ganforge.image_size import ImageSize, divided, halvings, sides
from ganforge.judge import Judge
from ganforge.measuring.trained import Trained
from ganforge.method import (
    DataFacts,
    DataRole,
    Method,
    Role,
    geometric,
    given,
    metric,
    monitor,
    noise,
    quantity,
    state,
    term,
)
from ganforge.plugins import Component, Formerly, Nested, Since, hookimpl
from ganforge.study.results import Results
from ganforge.testing import check_plugin
from ganforge.watching.listener import Listener

# --- a plugin's module

COMPONENT = Component("loss", "hinge", "acme.hinge:Hinge", "The hinge loss.")
Component("loss", "hinge", "acme.hinge:Hinge")  # type: ignore[call-arg]  # no summary


@hookimpl
def ganforge_components() -> tuple[Component, ...]:
    return (COMPONENT,)


# --- losses: terms, monitors, options, states; marks keep the type of what they mark


class Hinge:
    discriminator_outputs: ClassVar[int] = 1

    def __init__(
        self,
        *,
        margin: Annotated[float, Field(gt=0)] = 1.0,
        distance: Annotated[Callable[[Tensor, Tensor], Tensor], Nested("distance"), Formerly("metric")],
        smoothing: Annotated[float, Since(2, neutral=0.0)] = 0.0,
    ) -> None:
        self.margin, self.distance, self.smoothing = margin, distance, smoothing

    @term(updates="discriminator", signed=True)
    def discriminator_loss(self, real_score: Tensor, fake_score: Tensor) -> Tensor:
        return (self.margin - real_score).relu().mean() + (self.margin + fake_score).relu().mean()

    @monitor
    def gap(self, real_score: Tensor, fake_score: Tensor) -> Tensor:
        return self.distance(real_score, fake_score)

    @monitor(unit="share", better="higher")
    def accuracy(self, real_score: Tensor) -> Tensor:
        return (real_score > 0).float().mean()

    @monitor(unit="percent")  # type: ignore[call-overload, untyped-decorator]  # no such unit
    def percentage(self, real_score: Tensor) -> Tensor:
        return real_score

    @state(initial=0.0)
    def level(self, level: Tensor, real_score: Tensor) -> Tensor:
        return 0.9 * level + 0.1 * real_score.mean()


def use_loss(loss: Hinge, score: Tensor) -> None:
    assert_type(loss.discriminator_loss(score, score), Tensor)
    assert_type(loss.accuracy(score), Tensor)
    loss.gap(score)  # type: ignore[call-arg]  # a mark does not hide the signature
    adversarial: AdversarialLoss = loss
    assert_type(adversarial.discriminator_outputs, int)


# --- networks


class TinyEncoder(nn.Module):
    def __init__(self, *, in_channels: int = 1, code_dim: int = 8, image_size: ImageSize = 16) -> None:
        super().__init__()
        self.in_channels, self.code_dim = in_channels, code_dim
        assert_type(sides(image_size), tuple[int, int])
        assert_type(halvings(image_size), tuple[int, tuple[int, int]])
        self.layers = nn.Linear(in_channels, code_dim)

    def forward(self, images: Tensor) -> Tensor:
        code: Tensor = self.layers(images.mean((2, 3)))
        return code


class Classifier(TinyEncoder):
    def classify(self, code: Tensor) -> Tensor:
        return code


def use_networks(network: object) -> None:
    encoder: Encoder = TinyEncoder()
    headed: EncoderWithHead = Classifier()
    headed = TinyEncoder()  # type: ignore[assignment]  # it has no head
    assert_type(encoder.code_dim, int)
    assert_type(headed.classify(torch.zeros(2, 8)), Tensor)
    if reads_images(network):
        assert_type(network, ImageReader)
    if has_head(network):
        assert_type(network.code_dim, int)


# --- datasets, augmentations, metrics


class Shapes:
    classes: int | None = 2

    def __init__(self, *, data_root: Path, seed: int = 0) -> None:
        self.path = data_root / f"{seed}.npz"

    def decode(self) -> Images:
        return Images(np.zeros((4, 8, 8, 1), np.uint8), labels=np.zeros(4, np.int64))

    def files(self) -> tuple[DataFile, ...]:
        return (DataFile(self.path),)


@geometric
def flip(images: Tensor, generator: torch.Generator) -> Tensor:
    return images.flip(-1)


@metric(unit={"density": "ratio", "coverage": "share"}, better="higher", judges=("features", "scores"))
def spread(outputs: np.ndarray[Any, Any], judges: Mapping[str, Judge], *, nearest: int = 5) -> dict[str, float]:
    return {name: float(judge.features(outputs).std()) / nearest for name, judge in judges.items()}


@metric(unit="share", better="up")  # type: ignore[arg-type]  # no such direction
def wrong_direction(outputs: np.ndarray[Any, Any]) -> float:
    return 0.0


def use_pictures(images: np.ndarray[Any, Any], judges: Mapping[str, Judge]) -> None:
    dataset: Dataset = Shapes(data_root=Path())
    assert_type(dataset.decode(), Images)
    assert_type(flip(torch.zeros(1), torch.Generator()), Tensor)
    assert_type(spread(images, judges, nearest=3), dict[str, float])
    assert_type(judges["one"](images), Tensor)


# --- methods


class Conditional(Method):
    networks = {"generator": Role("generator", "noise and class to images")}
    data = {"images": DataRole("labelled images", labels="labels")}
    main, inputs, output, pictures_like = "generator", ("latent", "style"), "fake", "images"
    style_count = 3

    @noise("[N, 8], normal")
    def latent(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randn(count, 8, generator=generator)

    @given("int64 [N], uniform over the styles", values="style_count")
    def style(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randint(self.style_count, (count,), generator=generator)

    @quantity("[N, C, H, W] in [-1, 1]")
    def fake(self, generator: nn.Module, latent: Tensor, style: Tensor) -> Tensor:
        images: Tensor = generator(latent, style)
        return images

    def facts(
        self, role: str, data: Mapping[str, DataFacts], networks: Mapping[str, Any], losses: Mapping[str, Any]
    ) -> dict[str, Any]:
        facts = data["images"]
        assert_type(facts.image_size, int | tuple[int, int])
        assert_type((facts.height, facts.width, facts.channels), tuple[int, int, int])
        return {"image_size": divided(facts.image_size, 2)}


def use_method(method: Conditional, rows: Tensor) -> None:
    assert_type(method.style(4, torch.Generator()), Tensor)
    assert_type(method.fake(nn.Identity(), rows, rows), Tensor)


# --- programs


class Printer(Listener):
    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        print(step, name, values)


def use_programs(images: np.ndarray[Any, Any]) -> None:
    assert_type(ganforge.run("quickstart", ["train.steps=2"], listener=Printer(), threads=1), Path)
    ganforge.run("quickstart", thread=1)  # type: ignore[call-arg]  # it is `threads`
    trained = ganforge.load("runs/quickstart")
    assert_type(trained, Trained)
    assert_type(ganforge.run_study("table1", only=["mse"], jobs=1), Results)
    check_plugin("acme")
    raise ShapeError("it does not fit", where="recipe.toml:3", fix="use another size")


def handle(error: GanforgeError) -> str:
    return str(error)
