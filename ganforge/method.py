"""The training-method contract: network roles, data roles, named quantities and default phases.

A method is a class. Its quantities are pure functions named after what they compute, with parameters named after their
needs, like pytest's fixtures: another quantity, a network by its role, or the images or labels of a data role. So the
engine knows beforehand which networks a loss depends on, what to recompute after an update, and what never changes.
Other quantities are noises, drawn for every batch; given values, which a user may fix, such as a style; and `progress`,
the share of the training that is done. This module does not import torch.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, overload

from ganforge.contracts import EncoderWithHead
from ganforge.image_size import sides
from ganforge.marks import Function, mark, marked_members
from ganforge.meaning import Better, Meaning, Unit, declared
from ganforge.state import state as state

PROGRESS = "progress"
"""Share of the training that is done, a scalar in [0, 1]: 0 in the first step, 1 while measuring."""


@dataclass(frozen=True)
class Role:
    """A network that a method works with.

    Attributes:
        kind: the kind of component that fills it.
        doc: one line for `ganforge show`.
        trained: False for a network that is frozen and in eval mode.
        optional: a recipe may leave it out unless a loss needs it.
    """

    kind: str
    doc: str
    trained: bool = True
    optional: bool = False


@dataclass(frozen=True)
class DataRole:
    """A data set that a method draws batches from.

    Attributes:
        doc: one line for `ganforge show`.
        labels: name of its labels, int64 [N]; its images are named like the role, float [N, C, H, W] in the range that
            the recipe declares.
        paired_with: role of the images that these belong to, one to one; a recipe may pair other roles, too.
    """

    doc: str
    labels: str
    paired_with: str | None = None


@dataclass(frozen=True)
class DataFacts:
    """Facts about a data role that the recipe implies.

    Attributes:
        image_size: after resizing, in pixels: one number for squares, else height and width.
        channels: channels after conversion.
        classes: number of label values, or None.
        class_names: names of the classes by label; None if they are their numbers.
    """

    image_size: int | tuple[int, int]
    channels: int
    classes: int | None
    class_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("image_size", "class_names"):
            if isinstance(value := getattr(self, name), list):  # as JSON gives it back
                object.__setattr__(self, name, tuple(value))

    @property
    def height(self) -> int:
        """Height in pixels."""
        return sides(self.image_size)[0]

    @property
    def width(self) -> int:
        """Width in pixels."""
        return sides(self.image_size)[1]


@dataclass(frozen=True)
class Quantity:
    """A named quantity of a method.

    Attributes:
        name: its name.
        needs: the quantities, roles and data that it is computed from.
        shape: shape and range in words.
        doc: one line.
        over_data: computed once over the whole training set instead of each batch.
        heads: the networks among its needs with a head that it uses: parameters annotated with `EncoderWithHead`.
        scores: it holds class scores, [N, classes].
    """

    name: str
    needs: tuple[str, ...]
    shape: str
    doc: str
    over_data: bool = False
    heads: tuple[str, ...] = ()
    scores: bool = False


@dataclass(frozen=True)
class Drawn:
    """A quantity that is drawn: a noise, or a given value.

    Attributes:
        name: its name.
        shape: type, shape and distribution in words.
        doc: one line.
        trained_from: the images or labels that replace it in training, or None.
        values: number of values of an integer, or the name of the method's attribute that holds it.
    """

    name: str
    shape: str
    doc: str
    trained_from: str | None = None
    values: int | str | None = None

    @property
    def type(self) -> str:
        """Type at the start of `shape`, such as `int64`; float32 by default."""
        return self.shape.partition("[")[0].strip() or "float32"


def quantity(shape: str, *, over_data: bool = False, scores: bool = False) -> Callable[[Function], Function]:
    """Mark a method's function as a named quantity.

    Args:
        shape: shape and range in words, such as `"[N, C, H, W] in [-1, 1]"`.
        over_data: it is a statistic, computed once over the whole training set; its needs must be constant.
        scores: it holds class scores, [N, classes], which reports show as a network's predictions.
    """

    return lambda function: mark(function, quantity=(shape, over_data, scores))


def noise(shape: str) -> Callable[[Function], Function]:
    """Mark a method's function as a noise: `(self, count: int, generator: torch.Generator) -> Tensor`.

    It returns `count` rows drawn from the generator alone. The engine seeds the generator by the recipe's seed, the
    noise's name and the batch, so a resumed run draws the same numbers as an uninterrupted one.

    Args:
        shape: shape and distribution in words, such as `"[N, latent_dim], normal"`.
    """
    return given(shape)


def given(
    shape: str, *, trained_from: str | None = None, values: int | str | None = None
) -> Callable[[Function], Function]:
    """Mark a method's function as a given value, such as a class or a style, with the signature of a noise.

    When networks are measured the value is drawn, unless a user fixes it. Integers stay int64; floating-point values
    take the precision of the run.

    Example:
        @given("int64 [N], uniform over the domains", trained_from="domains", values="domain_count")
        def domain(self, count: int, generator: torch.Generator) -> Tensor:
            return torch.randint(self.domain_count, (count,), generator=generator)

    Args:
        shape: type, shape and distribution in words; float32 unless a type is named.
        trained_from: the images or labels of a data role that replace it in training; None to draw it then, too.
        values: number of values of an integer, from 0, or the name of the method's attribute that holds it; by default
            that of the labels that it is trained from.
    """

    return lambda function: mark(function, drawn=(shape, trained_from, values))


def term(updates: str, *, signed: bool = False) -> Callable[[Function], Function]:
    """Mark a function as a loss term that the phases updating this role minimise.

    A loss that is a plain function needs no mark: it updates the method's `main` network.

    Args:
        updates: the role.
        signed: its values may have either sign, like a critic's scores; such values cause no warning that they grew or
            swing.
    """

    return lambda function: mark(function, updates=updates, signed=signed)


@overload
def monitor(function: Function, /) -> Function: ...
@overload
def monitor(*, unit: Unit = "loss", better: Better | None = None) -> Callable[[Function], Function]: ...
def monitor(
    function: Function | None = None, /, *, unit: Unit = "loss", better: Better | None = None
) -> Function | Callable[[Function], Function]:
    """Mark a loss's method as a monitor: a scalar that is logged and never minimised.

        @monitor(unit="share")
        def accuracy_real(self, real_verdict: Tensor) -> Tensor: ...

    Args:
        function: the method; a bare `@monitor` is a loss without a direction.
        unit: the unit of its values.
        better: the direction of better values, or None.
    """

    meaning = Meaning(unit, better)
    return (lambda marked: mark(marked, monitor=meaning)) if function is None else mark(function, monitor=meaning)


def geometric(function: Function) -> Function:
    """Mark an augmentation that moves pixels, so that it changes images of paired roles alike.

        @geometric
        def flip(images: Tensor, generator: torch.Generator) -> Tensor: ...

    Paired images are changed by the same random numbers, so their number must not depend on the images' size and
    channels.
    """
    return mark(function, geometric=True)


def metric(
    *,
    unit: Unit | Mapping[str, Unit] | None = None,
    better: Better | Mapping[str, Better] | None = None,
    judges: str | tuple[str, ...] = (),
) -> Callable[[Function], Function]:
    """Mark a metric with the meaning of its values and the readings that it asks of judges.

        @metric(unit="distance", better="lower", judges="features")
        def spread(outputs: Pictures, judges: Mapping[str, Judge]) -> dict[str, float]:
            return {name: float(judge.features(outputs).std()) for name, judge in judges.items()}

    Args:
        unit: the unit of its values, or by part, such as `{"density": "ratio", "coverage": "share"}`; names of parts
            may hold wildcards.
        better: the direction of better values, or by part; None if there is none.
        judges: `"features"`, `"scores"` of classes, or both; recipes with judges that lack them are refused.
    """

    read = frozenset([judges] if isinstance(judges, str) else judges)
    return lambda function: mark(function, meanings=declared(unit, better), judges=read)


class Method:
    """Base class of training methods; subclasses fill in the class attributes and define quantities.

    Attributes:
        networks: the roles, in the order in which networks are built.
        data: the data roles.
        phases: the default phase tables by name, as a recipe would write them, in their order within a step.
        main: the role that plain loss functions update.
        inputs: the leaves that outputs are made of: a data role, replaced by test images when measured; labels, drawn
            uniformly if there are no images; noises and given values.
        output: the quantity that is the method's result.
        features: the quantity, one row an image, by which a run of this method compares images as a judge.
        compared: two quantities, of an input image and of its output, that are nearer the more the output keeps of the
            image, such as f(s) and f(G(s)); None if there are none. The choice among several images goes by them.
        pictures_like: the data role with images like the output; None if the output is not an image.
        optimizers: default optimizer tables by role, as a recipe would write them.
        metrics: default metric tables by name.
        select: the metric that chooses the best checkpoint on validation images, in its declared direction or else the
            highest.
        ceiling: the metric that bounds `select` for a faithful result, or None.
    """

    networks: ClassVar[Mapping[str, Role]] = {}
    data: ClassVar[Mapping[str, DataRole]] = {}
    phases: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    main: ClassVar[str] = ""
    inputs: ClassVar[tuple[str, ...]] = ()
    output: ClassVar[str] = ""
    features: ClassVar[str | None] = None
    compared: ClassVar[tuple[str, str] | None] = None
    pictures_like: ClassVar[str | None] = None
    optimizers: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    metrics: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    select: ClassVar[str | None] = None
    ceiling: ClassVar[str | None] = None

    def facts(
        self, role: str, data: Mapping[str, DataFacts], networks: Mapping[str, Any], losses: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return values for options of a role's network that the recipe leaves unset, by name.

        Args:
            role: the network about to be built.
            data: the facts of each data role.
            networks: the networks built so far, by role.
            losses: the loss components, by name.
        """
        return {}

    @classmethod
    def quantities(cls) -> dict[str, Quantity]:
        """Return all computed quantities, in the order of definition."""
        found = {}
        for name, function, marks in marked_members(cls):
            if marks.quantity is None:
                continue
            shape, over_data, scores = marks.quantity
            parameters = list(inspect.signature(function).parameters.values())[1:]
            needs = tuple(parameter.name for parameter in parameters)
            heads = tuple(parameter.name for parameter in parameters if _is_headed(parameter.annotation))
            found[name] = Quantity(name, needs, shape, _first_line(function), over_data, heads, scores)
        return found

    @classmethod
    def draws(cls) -> dict[str, Drawn]:
        """Return all drawn quantities, in the order of definition."""
        return {
            name: Drawn(name, marks.drawn[0], _first_line(function), *marks.drawn[1:])
            for name, function, marks in marked_members(cls)
            if marks.drawn is not None
        }

    @classmethod
    def image_input(cls) -> str | None:
        """Return the data role of the images that outputs are made of; None if they are made of draws alone."""
        return next((name for name in cls.inputs if name in cls.data), None)

    @classmethod
    def label_input(cls) -> str | None:
        """Return the input that determines the class of an output: labels, or a given value trained from them."""
        labels, draws = {role.labels for role in cls.data.values()}, cls.draws()
        classes = labels | {name for name, drawn in draws.items() if drawn.trained_from in labels}
        return next((name for name in cls.inputs if name in classes), None)

    @classmethod
    def validated(cls) -> str | None:
        """Return the data role that validation images are held out of: that of the input images, or of the output."""
        return cls.image_input() or cls.pictures_like

    @classmethod
    def judged_like(cls) -> str | None:
        """Return the data role of the images that judges read: that of the output, or else of the input."""
        return cls.pictures_like or cls.image_input()

    @classmethod
    def held_out(cls) -> str | None:
        """Return the data table of real images to compare outputs with; None if the output is not an image."""
        return None if cls.pictures_like is None else f"test-{cls.pictures_like}"

    @classmethod
    def leaves(cls) -> dict[str, str]:
        """Return the data role of each batch quantity: images and labels."""
        images = {role: role for role in cls.data}
        return images | {data.labels: role for role, data in cls.data.items()}


def _is_headed(annotation: Any) -> bool:
    """Return True for `EncoderWithHead`, by name, as it may be imported for type checkers only."""
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return name.rpartition(".")[2] == EncoderWithHead.__name__


def _first_line(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "").split("\n")[0]
