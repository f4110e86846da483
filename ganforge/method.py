"""The training-method contract: network roles, data roles, named quantities and default phases.

A method is a class whose quantities are pure functions named after what they compute; their parameters name what they
need, as pytest's fixtures do: another quantity, a network by its role, or the images or labels of a data role. So the
engine knows, before anything runs, which networks a loss depends on, what must be computed again after an update, and
what never changes and may be computed once. What is random is a quantity too: a noise, which the engine has drawn
anew for every batch. So is `progress`, the share of the training that is done. What a user may fix, such as a style, is
a given value. Nothing here imports torch.
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
"""The share of the training that is done, a scalar in [0, 1]: 0 in the first step, 1 while measuring."""


@dataclass(frozen=True)
class Role:
    """A network that a method works with.

    Attributes:
        kind: the kind of component that fills it.
        doc: one line for `ganforge show`.
        trained: whether the method trains it; otherwise it is frozen and in eval mode.
        optional: a recipe may leave it out, as long as no loss needs it.
    """

    kind: str
    doc: str
    trained: bool = True
    optional: bool = False


@dataclass(frozen=True)
class DataRole:
    """A data set that a method draws batches from, and the names of what it yields.

    Attributes:
        doc: one line for `ganforge show`.
        labels: the quantity that holds its labels, int64 [N]; its images are the quantity named like the role,
            float [N, C, H, W] in the range that the recipe declares.
        paired_with: the role whose images these belong to, one to one; a recipe may pair other roles, too.
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
    """

    image_size: int | tuple[int, int]
    channels: int
    classes: int | None

    def __post_init__(self) -> None:
        if isinstance(self.image_size, list):  # as JSON gives it back
            object.__setattr__(self, "image_size", tuple(self.image_size))

    @property
    def height(self) -> int:
        """In pixels."""
        return sides(self.image_size)[0]

    @property
    def width(self) -> int:
        """In pixels."""
        return sides(self.image_size)[1]


@dataclass(frozen=True)
class Quantity:
    """A named quantity of a method.

    Attributes:
        name: as losses ask for it.
        needs: the quantities, roles and data that it is computed from.
        shape: its shape and range, in words.
        doc: one line.
        over_data: computed once over the whole training set instead of each batch.
        scores: it holds class scores, [N, classes].
        heads: the networks among its needs whose head it uses: parameters annotated with `EncoderWithHead`.
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
    """A quantity that is drawn and not computed: a noise, or a given value.

    Attributes:
        name: as quantities and losses ask for it.
        shape: its type, shape and distribution, in words.
        doc: one line.
        trained_from: the images or labels that take its place in training, or None.
        values: how many values there are of an integer: their number, or the method's attribute that holds it.
    """

    name: str
    shape: str
    doc: str
    trained_from: str | None = None
    values: int | str | None = None

    @property
    def type(self) -> str:
        """The type that `shape` begins with, such as `int64`; float32 by default."""
        return self.shape.partition("[")[0].strip() or "float32"


def quantity(shape: str, *, over_data: bool = False, scores: bool = False) -> Callable[[Function], Function]:
    """Mark a method's function as a named quantity.

    Args:
        shape: its shape and range in words, such as `"[N, C, H, W] in [-1, 1]"`.
        over_data: it is a statistic, computed once over the whole training set; its needs must be constant.
        scores: it holds class scores, [N, classes], which reports show as what a network reads.
    """

    return lambda function: mark(function, quantity=(shape, over_data, scores))


def noise(shape: str) -> Callable[[Function], Function]:
    """Mark a method's function as a noise: `(self, count: int, generator: torch.Generator) -> Tensor`.

    It returns `count` rows that come from the generator alone. The engine seeds that by the recipe's seed, the noise's
    name and the batch, so a resumed run draws what an uninterrupted one would. A method without images among its
    `inputs` is measured on as many draws as the recipe says.

    Args:
        shape: its shape and distribution in words, such as `"[N, latent_dim], normal"`.
    """
    return given(shape)


def given(
    shape: str, *, trained_from: str | None = None, values: int | str | None = None
) -> Callable[[Function], Function]:
    """Mark a method's function as a given value, such as a class or a style; it is written like a noise's.

    The function states the distribution that the value has when networks are measured; a user may fix it instead.
    Integers stay int64; floating values take the precision of the run.

    Example:
        @given("int64 [N], uniform over the domains", trained_from="domains", values="domain_count")
        def domain(self, count: int, generator: torch.Generator) -> Tensor:
            return torch.randint(self.domain_count, (count,), generator=generator)

    Args:
        shape: its type, shape and distribution in words; float32 where no type is named.
        trained_from: the images or labels of a data role that take its place in training; without them it is drawn
            then, too.
        values: how many values there are of an integer, from 0: their number, or the method's attribute that holds it;
            by default that of the labels that it is trained from.
    """

    return lambda function: mark(function, drawn=(shape, trained_from, values))


def term(updates: str, *, signed: bool = False) -> Callable[[Function], Function]:
    """Mark a function as a loss term that the phases updating this role minimise.

    A loss that is a plain function needs no mark: it belongs to the network that its method is about.

    Args:
        updates: the role.
        signed: its values may be of either sign, as a critic's scores are; they have no level of their own then, and
            nobody is warned that they grew or swing.
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
        unit: of its values.
        better: the direction of better values, or None.
    """

    meaning = Meaning(unit, better)
    return (lambda marked: mark(marked, monitor=meaning)) if function is None else mark(function, monitor=meaning)


def geometric(function: Function) -> Function:
    """Mark an augmentation that moves pixels: the images of paired roles are changed alike.

        @geometric
        def flip(images: Tensor, generator: torch.Generator) -> Tensor: ...

    Paired images are changed by the same random numbers, so how many of them it draws must not depend on the size and
    channels of the images.
    """
    return mark(function, geometric=True)


def metric(
    *,
    unit: Unit | Mapping[str, Unit] | None = None,
    better: Better | Mapping[str, Better] | None = None,
    judges: str | tuple[str, ...] = (),
) -> Callable[[Function], Function]:
    """Mark a metric with the meaning of its values, and with what it asks of the judges.

        @metric(unit="distance", better="lower", judges="features")
        def spread(outputs: Pictures, judges: Mapping[str, Judge]) -> dict[str, float]:
            return {name: float(judge.features(outputs).std()) for name, judge in judges.items()}

    Args:
        unit: of its values; by part where it gives several of different units, such as
            `{"density": "ratio", "coverage": "share"}`. Names of parts may hold wildcards.
        better: the direction of better values, by part likewise; None where there is none.
        judges: `"features"`, `"scores"` of classes, or both; a recipe whose judges lack it is refused.
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
        inputs: the leaves that outputs are made of: a data role, whose place test images take; labels, which are drawn
            uniformly when there are no images to take them from; noises and given values.
        output: the quantity that is the method's result.
        features: the quantity, one row an image, by which images are compared when a run of this method is a judge.
        pictures_like: the data role whose images the output looks like; None when the output is no image.
        optimizers: default optimizer tables by role, as a recipe would write them.
        metrics: default metric tables by name.
        select: the metric that chooses the best checkpoint on validation images; by its declared direction, or the
            highest where it declares none.
        ceiling: the metric that bounds what a faithful result reaches in `select`; None when there is none.
    """

    networks: ClassVar[Mapping[str, Role]] = {}
    data: ClassVar[Mapping[str, DataRole]] = {}
    phases: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    main: ClassVar[str] = ""
    inputs: ClassVar[tuple[str, ...]] = ()
    output: ClassVar[str] = ""
    features: ClassVar[str | None] = None
    pictures_like: ClassVar[str | None] = None
    optimizers: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    metrics: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    select: ClassVar[str | None] = None
    ceiling: ClassVar[str | None] = None

    def facts(
        self, role: str, data: Mapping[str, DataFacts], networks: Mapping[str, Any], losses: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return facts for the network of a role; they fill options of these names that the recipe leaves unset.

        Args:
            role: the network about to be built.
            data: the facts of each data role.
            networks: the networks built so far, by role.
            losses: the loss components, by name.
        """
        return {}

    @classmethod
    def quantities(cls) -> dict[str, Quantity]:
        """Every quantity that is computed, in the order of definition."""
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
        """Return every quantity that is drawn, in the order of definition."""
        found = {}
        for name, function, marks in marked_members(cls):
            if marks.drawn is not None:
                shape, trained_from, values = marks.drawn
                found[name] = Drawn(name, shape, _first_line(function), trained_from, values)
        return found

    @classmethod
    def image_input(cls) -> str | None:
        """Return the data role whose images outputs are made of; None where they are made of draws alone."""
        return next((name for name in cls.inputs if name in cls.data), None)

    @classmethod
    def label_input(cls) -> str | None:
        """Return the input that says of which class an output is to be: labels, or what is trained from them."""
        labels, draws = {role.labels for role in cls.data.values()}, cls.draws()
        classes = labels | {name for name, drawn in draws.items() if drawn.trained_from in labels}
        return next((name for name in cls.inputs if name in classes), None)

    @classmethod
    def validated(cls) -> str | None:
        """The data role that validation images are held out of: that of the input images, or that of the output."""
        return cls.image_input() or cls.pictures_like

    @classmethod
    def judged_like(cls) -> str | None:
        """Return the data role whose images judges are made to read: those that the output, or else the input, is."""
        return cls.pictures_like or cls.image_input()

    @classmethod
    def held_out(cls) -> str | None:
        """The data table of real images for outputs to be compared with; None when the output is no image."""
        return None if cls.pictures_like is None else f"test-{cls.pictures_like}"

    @classmethod
    def leaves(cls) -> dict[str, str]:
        """What the data roles yield: the name of each batch quantity and the role that it comes from."""
        images = {role: role for role in cls.data}
        return images | {data.labels: role for role, data in cls.data.items()}


def _is_headed(annotation: Any) -> bool:
    """Return whether an annotation is `EncoderWithHead`, by name: importing it may be left to type checkers."""
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return name.rpartition(".")[2] == EncoderWithHead.__name__


def _first_line(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "").split("\n")[0]
