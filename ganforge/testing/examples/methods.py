"""Calls of methods, on random images with stand-in networks; losses and metrics take their quantities from them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ganforge.errors import PluginError
from ganforge.method import PROGRESS, DataFacts, Method
from ganforge.plugins.registry import Entry, Registry
from ganforge.quantities.graph import Graph
from ganforge.quantities.inputs import draw as draw_noise
from ganforge.quantities.states import states_of
from ganforge.quantities.values import Values
from ganforge.recipe.augmentation import Changing
from ganforge.state import declared_states
from ganforge.testing.check import NETWORKS, Flaw, describe_error
from ganforge.testing.examples import stand_ins
from ganforge.testing.examples.example import Example, Shape
from ganforge.testing.examples.stand_ins import SIZE
from ganforge.testing.subject import Subject

CHANNELS, CLASSES = 3, 10
BATCH = 8
SHAPE = re.compile(r"(?:\w+ )?\[(?P<axes>[\w ,]*)\]")
RANGE = re.compile(r"in \[(?P<low>-?[\d.]+), (?P<high>-?[\d.]+)\]")


@dataclass(frozen=True)
class SmallGraph:
    """A method with networks and a batch.

    Attributes:
        name: the method's full name.
        method: the method.
        graph: the dependencies of its quantities.
        networks: stand-ins by role.
        leaves: the images, labels and noises of a batch, by name, the states and the progress.
        dimensions: the sizes of named axes, such as `code_dim`.
    """

    name: str
    method: Method
    graph: Graph
    networks: Mapping[str, nn.Module]
    leaves: Mapping[str, Tensor]
    dimensions: Mapping[str, int]

    def values(self, leaves: Mapping[str, Tensor] | None = None) -> Values:
        """Return the quantities of a batch, by default this graph's."""
        return Values(self.graph, self.method, self.networks, (leaves or self.leaves).__getitem__)

    def parameters(self, role: str) -> frozenset[str]:
        """Return the parameters of a network, named as in an example."""
        return frozenset(f"{role}.{name}" for name, _ in self.networks[role].named_parameters())


def method_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call that computes all quantities of a method."""
    graph = small_graph(subject, BATCH)

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        values = graph.values(given)
        return {name: values[name] for name in graph.graph.quantities}

    yield Example(
        "with stand-in networks",
        graph.method,
        call,
        graph.leaves,
        graph.networks,
        shapes=_shapes(graph),
        bounds=_bounds(graph),
        batched=frozenset(graph.graph.leaves),
        learns=tuple(graph.parameters(role) for role, one in graph.method.networks.items() if one.trained),
    )


def declared_shape(words: str, graph: SmallGraph) -> tuple[int | None, ...] | None:
    """Return the shape that a method declares, with None for axes of unknown size; None if it declares none.

    The name of an axis stands for a usual size, such as `code_dim`, or else for the method's attribute of that name.
    """
    declared = SHAPE.match(words)
    if declared is None:
        return None
    axes = [axis.strip() for axis in declared["axes"].split(",") if axis.strip()]
    return tuple(int(axis) if axis.isdecimal() else _size(axis, graph) for axis in axes)


def small_graph(subject: Subject, batch: int, losses: Mapping[str, Any] | None = None) -> SmallGraph:
    """Build a method with stand-in networks.

    Args:
        subject: the method.
        batch: images per data role.
        losses: the losses, on which a method's facts for its networks may depend.

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
    for generator in (stand_ins.CodeGenerator, stand_ins.ImageGenerator):
        try:
            networks = _networks(method, generator, losses or {})
            found = SmallGraph(subject.name, method, graph, networks, leaves, _dimensions(networks, batch))
            found.values()[kind.output]
        except Exception as error:
            refusal = refusal or error
        else:
            return found
    assert refusal is not None  # the loop has run
    raise Flaw(f"its output {kind.output!r} cannot be computed: {describe_error(refusal)}") from refusal


def methods(registry: Registry) -> Iterator[tuple[Entry, type[Method]]]:
    """Iterate over installed methods, skipping any that fail to import."""
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
            flaw = flaw or Flaw(f"the method {entry.name} that has what it asks for cannot be computed: {error.what}")
            continue
        found = True
        yield graph
    if flaw is not None and not found:
        raise flaw


def first_states(owner: Any, method: type[Method]) -> dict[str, Tensor]:
    """Return the first values of the states of a method, a loss or an augmentation, by the names that it gives them.

    Args:
        owner: the live component.
        method: whose data roles they may depend on.
    """
    data = {role: DataFacts(SIZE, CHANNELS, CLASSES) for role in method.data}
    try:
        return {name: state.first(data) for name, state in states_of(owner).items()}
    except Exception as error:
        raise Flaw(f"a state has no first value: {describe_error(error)}") from error


def state_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of each state of a method, a loss or an augmentation.

    Raises:
        Flaw: no installed method has the quantities that the states ask for.
    """
    built = subject.build()
    owner = built.function if isinstance(built, Changing) else built
    states = states_of(owner)
    if not states:
        return
    needs = {need for state in states.values() for need in state.needs} - states.keys()
    losses = {"loss": owner} if subject.kind == "loss" else {}
    method = subject.kind == "method"
    graph = small_graph(subject, BATCH) if method else next(fitting_graphs(subject, needs, BATCH, losses), None)
    if graph is None:
        raise Flaw(f"no installed method has all that its states ask for: {', '.join(sorted(needs))}")
    first, values = first_states(owner, type(graph.method)), graph.values()
    for name, state in states.items():

        def call(
            given: Mapping[str, Any], name: str = name, update: Callable[..., Any] = state.function
        ) -> dict[str, Any]:
            return {name: update(*given.values())}

        yield Example(
            f"the state {name!r}",
            owner,
            call,
            {need: first[need] if need in first else values[need].detach() for need in state.needs},
            shapes={name: tuple(first[name].shape)},
        )


def _size(axis: str, graph: SmallGraph) -> int | None:
    own = getattr(graph.method, axis, None)
    return graph.dimensions.get(axis, own if type(own) is int else None)


def _shapes(graph: SmallGraph) -> dict[str, Shape]:
    shapes = {name: declared_shape(quantity.shape, graph) for name, quantity in graph.graph.quantities.items()}
    return {name: shape for name, shape in shapes.items() if shape is not None}


def _bounds(graph: SmallGraph) -> dict[str, tuple[float, float]]:
    declared = {name: RANGE.search(quantity.shape) for name, quantity in graph.graph.quantities.items()}
    found = {name: (float(one["low"]), float(one["high"])) for name, one in declared.items() if one}
    return found | {name: (-1.0, 1.0) for name in graph.graph.leaves.values()}


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
    kinds: dict[str, type[nn.Module]] = {
        "encoder": stand_ins.Encoder,
        "generator": generator,
        "discriminator": stand_ins.Discriminator,
    }
    data = {role: DataFacts(SIZE, CHANNELS, CLASSES) for role in method.data}
    networks: dict[str, nn.Module] = {}
    for role, described in method.networks.items():
        facts = method.facts(role, data, networks, losses)
        kind = kinds[described.kind]
        taken = {name: facts[name] for name in inspect.signature(kind).parameters if facts.get(name) is not None}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(len(networks))
            networks[role] = kind(**taken)
        networks[role].requires_grad_(described.trained)
    return networks


def _dimensions(networks: Mapping[str, nn.Module], batch: int) -> dict[str, int]:
    height, width = SIZE
    found = {"N": batch, "C": CHANNELS, "H": height, "W": width, "code_dim": stand_ins.CODE, "classes": CLASSES}
    outputs = [
        network.score.out_features for network in networks.values() if isinstance(network, stand_ins.Discriminator)
    ]
    return found | ({"outputs": int(outputs[0])} if outputs else {})
