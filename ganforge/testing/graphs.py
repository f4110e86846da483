"""Installed methods on random images, with stand-ins for networks and judges: the quantities of losses and metrics.

The stand-ins are tiny and smooth, and their outputs differ clearly from image to image, so that class scores are
confident and no gradient vanishes by chance.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from ganforge.errors import PluginError
from ganforge.image_size import sides
from ganforge.method import PROGRESS, DataFacts, Method
from ganforge.plugins.registry import Entry, Registry
from ganforge.quantities.graph import Graph
from ganforge.quantities.inputs import draw as draw_noise
from ganforge.quantities.states import states_of
from ganforge.quantities.values import Values
from ganforge.state import declared_states
from ganforge.testing.check import NETWORKS
from ganforge.testing.flaw import Flaw, describe_error
from ganforge.testing.subject import Subject

SIZE = (16, 24)
SIDE = 4
CODE = 12
SHARPNESS = 12.0
CHANNELS, CLASSES = 3, 10
BATCH = 8
SHAPE = re.compile(r"(?:\w+ )?\[(?P<axes>[\w ,]*)\]")


@dataclass(frozen=True)
class SmallGraph:
    """A method with networks and a batch.

    Attributes:
        name: the method's full name.
        method: the method.
        graph: the dependencies of its quantities.
        networks: stand-ins by role.
        leaves: the images, labels and noises of a batch, by name, the states and the progress.
    """

    name: str
    method: Method
    graph: Graph
    networks: Mapping[str, nn.Module]
    leaves: Mapping[str, Tensor]

    def values(self, leaves: Mapping[str, Tensor] | None = None) -> Values:
        """Return the quantities of a batch, by default this graph's."""
        return Values(self.graph, self.method, self.networks, (leaves or self.leaves).__getitem__)

    def declared_shape(self, words: str) -> tuple[int | None, ...] | None:
        """Return the shape that a method declares, with None for axes of unknown size; None if it declares none.

        The name of an axis stands for a usual size, such as `code_dim`, or else for an attribute of the method.
        """
        declared = SHAPE.match(words)
        if declared is None:
            return None
        known = {"N": BATCH, "C": CHANNELS, "H": SIZE[0], "W": SIZE[1], "code_dim": CODE, "classes": CLASSES}
        for network in self.networks.values():
            if isinstance(network, Discriminator):
                known.setdefault("outputs", network.score.out_features)

        def size(axis: str) -> int | None:
            own = getattr(self.method, axis, None)
            return int(axis) if axis.isdecimal() else known.get(axis, own if type(own) is int else None)

        return tuple(size(axis.strip()) for axis in declared["axes"].split(",") if axis.strip())

    def parameters(self, role: str) -> frozenset[str]:
        """Return the parameters of a network, named as in an example."""
        return frozenset(f"{role}.{name}" for name, _ in self.networks[role].named_parameters())


def small_graph(subject: Subject, batch: int, losses: Mapping[str, Any] | None = None) -> SmallGraph:
    """Build a method with stand-in networks, from facts that may depend on losses, and images for each data role.

    Raises:
        Flaw: it is no method, or cannot be computed with any stand-ins.
    """
    method = subject.build()
    if not isinstance(method, Method):
        raise Flaw(f"{type(method).__name__} is no ganforge.method.Method", fix="derive the class from Method")
    kind = type(method)
    for role, described in kind.networks.items():
        if described.kind not in NETWORKS:
            raise Flaw(f"its role {role!r} is of the kind {described.kind!r}, which is no network")
    draw = torch.Generator().manual_seed(3)
    leaves: dict[str, Tensor] = {}
    for role, data in kind.data.items():
        leaves[role] = _images(batch, draw)
        leaves[data.labels] = torch.arange(batch) % CLASSES
    leaves |= {name: _noise(method, name, batch, index) for index, name in enumerate(kind.draws())}
    leaves[PROGRESS] = torch.tensor(0.5)
    leaves |= first_states(method, kind)
    graph = Graph(kind, kind.networks, kind.data)
    refusal: Exception | None = None
    # A method does not declare whether its generators read codes or images: try both.
    for generator in (CodeGenerator, ImageGenerator):
        try:
            found = SmallGraph(subject.name, method, graph, _networks(method, generator, losses or {}), leaves)
            found.values()[kind.output]
        except Exception as error:
            refusal = refusal or error
        else:
            return found
    assert refusal is not None  # the loop has run
    raise Flaw(f"its output {kind.output!r} cannot be computed: {describe_error(refusal)}") from refusal


def methods(registry: Registry) -> Iterator[tuple[Entry, type[Method]]]:
    """Yield the installed methods, except for any that cannot be imported."""
    for entry in registry.entries("method"):
        try:
            method = entry.load()
        except PluginError:
            continue
        if inspect.isclass(method) and issubclass(method, Method):
            yield entry, method


def known_names(method: type[Method]) -> set[str]:
    """Return what a loss may ask a method for: images, labels, noises, quantities, states and the progress."""
    return {*method.leaves(), *method.draws(), *method.quantities(), *declared_states(method), PROGRESS}


def fitting_graphs(
    subject: Subject, needs: Iterable[str], batch: int, losses: Mapping[str, Any] | None = None
) -> Iterator[SmallGraph]:
    """Yield graphs of the installed methods that have all of these quantities, the subject's own plugin's first.

    Raises:
        Flaw: there are such methods, and none of them can be computed.
    """
    needs = set(needs)
    fitting = [entry for entry, method in methods(subject.registry) if needs <= known_names(method)]
    flaw: Flaw | None = None
    found = False
    for entry in sorted(fitting, key=lambda entry: entry.plugin != subject.entry.plugin):
        try:
            graph = small_graph(Subject(entry, subject.registry), batch, losses)
        except Flaw as error:
            flaw = flaw or Flaw(
                f"the method {entry.name} that has what it asks for cannot be computed: {error.message}"
            )
            continue
        found = True
        yield graph
    if flaw is not None and not found:
        raise flaw


def first_states(owner: Any, method: type[Method]) -> dict[str, Tensor]:
    """Return the first values of the states of a method, a loss or an augmentation, which may depend on data roles."""
    try:
        return {name: state.first(_data_facts(method)) for name, state in states_of(owner).items()}
    except Exception as error:
        raise Flaw(f"a state has no first value: {describe_error(error)}") from error


def _data_facts(method: Method | type[Method]) -> dict[str, DataFacts]:
    return {role: DataFacts(SIZE, CHANNELS, CLASSES) for role in method.data}


def _images(count: int, draw: torch.Generator) -> Tensor:
    """Return images of coarse patterns with some noise, [count, 3, 16, 24] in [-1, 1]."""
    coarse = torch.rand(count, CHANNELS, *(side // 4 for side in SIZE), generator=draw) * 2 - 1
    noise = torch.rand(count, CHANNELS, *SIZE, generator=draw) * 2 - 1
    return 0.8 * functional.interpolate(coarse, SIZE) + 0.2 * noise


def _noise(method: Method, name: str, count: int, seed: int) -> Tensor:
    """Draw a noise or given value, of the type that it is declared to have."""
    try:
        return draw_noise(method, name, count, seed).to(getattr(torch, method.draws()[name].type))
    except Exception as error:
        raise Flaw(f"its noise {name!r} cannot be drawn: {describe_error(error)}") from error


def _networks(method: Method, generator: type[nn.Module], losses: Mapping[str, Any]) -> dict[str, nn.Module]:
    """Build a stand-in for each role from the facts that the method gives for it."""
    kinds: dict[str, type[nn.Module]] = {"encoder": Encoder, "generator": generator, "discriminator": Discriminator}
    networks: dict[str, nn.Module] = {}
    for role, described in method.networks.items():
        facts = method.facts(role, _data_facts(method), networks, losses)
        kind = kinds[described.kind]
        taken = {name: facts[name] for name in inspect.signature(kind).parameters if facts.get(name) is not None}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(len(networks))
            networks[role] = kind(**taken)
        networks[role].requires_grad_(described.trained)
    return networks


class Pooled(nn.Module):
    """Base of networks that read images: pool to 4x4 pixels, then one layer."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.pool = nn.AdaptiveAvgPool2d(SIDE)
        self.code = nn.Linear(in_channels * SIDE * SIDE, CODE)

    def read(self, images: Tensor, *given: Tensor) -> Tensor:
        """Return codes [N, 12] in (-1, 1) of images [N, C, H, W] and of further inputs."""
        return torch.tanh(4 * self.code(self.pool(images).flatten(1)) + _shift(given))


class Encoder(Pooled):
    """Images to codes [N, 12], codes to class scores [N, classes]."""

    code_dim = CODE

    def __init__(self, *, in_channels: int = 3, classes: int | None = None) -> None:
        super().__init__(in_channels)
        self.head = nn.Linear(CODE, classes or 10)
        with torch.no_grad():
            self.head.weight.mul_(SHARPNESS)

    def forward(self, images: Tensor) -> Tensor:
        """Return codes."""
        return self.read(images)

    def classify(self, code: Tensor) -> Tensor:
        """Return class scores."""
        scores: Tensor = self.head(code)
        return scores


class Discriminator(Pooled):
    """Images to scores [N, outputs], not linearly: its gradient differs from image to image, and has a gradient."""

    def __init__(self, *, in_channels: int = 3, outputs: int | None = None) -> None:
        super().__init__(in_channels)
        self.score = nn.Linear(CODE, outputs or 3)

    def forward(self, images: Tensor, *given: Tensor) -> Tensor:
        """Return scores."""
        scores: Tensor = self.score(self.read(images, *given))
        return scores


class CodeGenerator(nn.Module):
    """Codes to images [N, out_channels, H, W] in [-1, 1]."""

    def __init__(
        self, *, code_dim: int = CODE, out_channels: int = 3, image_size: int | tuple[int, int] = SIZE
    ) -> None:
        super().__init__()
        self.shape = (out_channels, *sides(image_size))
        self.draw = nn.Linear(code_dim, math.prod(self.shape))

    def forward(self, code: Tensor, *given: Tensor) -> Tensor:
        """Return images."""
        images: Tensor = torch.tanh(2 * self.draw(code + _shift(given)))
        return images.reshape(-1, *self.shape)


class ImageGenerator(nn.Module):
    """Images to images of the same size in [-1, 1], for methods with generators that read images."""

    def __init__(self, *, in_channels: int = 3, out_channels: int = 3) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.draw = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    def forward(self, images: Tensor, *given: Tensor) -> Tensor:
        """Return images [N, out_channels, H, W]."""
        drawn = self.draw(images)
        return torch.tanh(2 * (drawn + _shift(given)[:, :, None, None] if given else drawn))


class Judge:
    """A judge that reads pictures by a fixed random projection, and raises Flaw for what it does not offer.

    Args:
        read: what it offers: `scores`, `features` or both.
        classes: the number of classes.
    """

    def __init__(self, read: Collection[str], classes: int = 10) -> None:
        self.read = read
        self.classes = classes

    def __call__(self, images: npt.NDArray[np.uint8]) -> Tensor:
        """Return class scores, float32 [N, classes]."""
        return self._projected(images, self.classes, "scores")

    def features(self, images: npt.NDArray[np.uint8]) -> Tensor:
        """Return features, float32 [N, 12]."""
        return self._projected(images, CODE, "features")

    def _projected(self, images: npt.NDArray[np.uint8], size: int, what: str) -> Tensor:
        if what not in self.read:
            raise Flaw(
                f"it asks judges for {what}, and declares {' and '.join(self.read)}",
                fix="declare what it asks judges for: @metric(judges=...)",
            )
        pixels = torch.from_numpy(images.reshape(len(images), -1).astype(np.float32)) / 255 - 0.5
        generator = torch.Generator().manual_seed(size)
        return pixels @ torch.randn(pixels.shape[1], size, generator=generator)


def _shift(given: tuple[Tensor, ...]) -> Any:
    """Return one number an image from further inputs such as classes and styles, [N, 1]; 0 without any."""
    return sum(torch.sin(one.float().reshape(len(one), -1).mean(1, keepdim=True)) for one in given)
