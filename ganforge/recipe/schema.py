"""The core's own tables of a recipe: their keys, types, defaults and what each means.

A table that names a component with `use` holds the core's keys (declared here) beside the component's own options,
which its signature declares. Unknown keys are errors at every depth.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pydantic
from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator

from ganforge.image_size import Fit, ImageSize, as_size
from ganforge.options.marks import Since, neutral_value
from ganforge.plugins.component import is_packaged, leaves_package

FORMAT = 2
"""Version of the recipe format: keys added since the first are marked with `Since`."""
IDENTITY = "identity"
"""The serialization context that leaves out neutral values of later keys."""

Count = Annotated[int, Field(ge=1)]
Step = Annotated[int, Field(ge=0)]
Batch = Annotated[int, Field(ge=1, le=2**16)]
ComponentRef = str | dict[str, Any]


class Table(pydantic.BaseModel):
    """A table of a recipe: strict, closed, finite, immutable."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @pydantic.model_serializer(mode="wrap")
    def _without_neutral(
        self, serialize: pydantic.SerializerFunctionWrapHandler, info: pydantic.SerializationInfo
    ) -> dict[str, Any]:
        values: dict[str, Any] = serialize(self)
        if info.context == IDENTITY:
            for name, field in type(self).model_fields.items():
                since = next((mark for mark in field.metadata if isinstance(mark, Since)), None)
                if since and getattr(self, name) == neutral_value(since, field.default):
                    values.pop(name, None)
        return values


class RecipeTable(Table):
    """`[recipe]`: what this experiment is called."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = Field(
        description="name of the run directory: letters, digits, `.`, `_`, `-`"
    )
    description: str = Field("", description="one line for `ganforge recipes`")
    seed: Step = Field(0, description="seed of weights, batches and noise")


class Standardize(Table):
    """`normalize = { mean = [...], std = [...] }`: per channel, of values in [0, 1]."""

    mean: list[float] = Field(min_length=1, description="of each channel, or one for all")
    std: list[Annotated[float, Field(gt=0)]] = Field(min_length=1, description="of each channel, or one for all")


Normalize = Annotated[
    Annotated[Literal["symmetric", "unit"], Tag("range")] | Annotated[Standardize, Tag("Standardize")],
    Discriminator(lambda value: "Standardize" if isinstance(value, dict | Standardize) else "range"),
]


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):  # which Python takes for a number, and pydantic for this choice of numbers
        raise ValueError("Input should be 1 or 3")
    return value


Channels = Annotated[Literal[1, 3], BeforeValidator(_no_bool)]


class DataTable(Table):
    """`[data.ROLE]`: a data set and how its images reach the networks."""

    use: str = Field(description="a dataset component")
    resize: ImageSize | None = Field(None, description="side, or height and width, in pixels; unset keeps it")
    fit: Annotated[Fit, Since(2)] = Field(
        "stretch",
        description="how images of another shape come to size, here, for judges and in the finished run: `stretch` "
        "resizes them whole, bilinear; `crop` their largest centred part of that shape, bicubic",
    )
    channels: Channels | None = Field(None, description="grey or RGB; unset keeps the channels")
    normalize: Normalize = Field(
        "symmetric", description="range of the values: [-1, 1], [0, 1], or mean and std of values in [0, 1]"
    )
    classes: list[Step] | None = Field(
        None, description="use only images of these classes; labels keep their values; unset uses all"
    )
    limit: Count | None = Field(None, description="use only the first so many images")
    skip: Annotated[Step, Since(2)] = Field(0, description="leave out the first so many images, before `limit`")
    range: Annotated[tuple[Step, Count] | None, Since(2)] = Field(
        None, description="use only the images from one number to before another, in the place of skip and limit"
    )
    validation: Step = Field(0, description="hold out the last so many images to choose the checkpoint")
    augment: list[ComponentRef] = Field([], description="augmentation components, applied in this order")
    paired_with: Annotated[str | None, Since(2)] = Field(
        None, description="a data table whose images belong to these, one to one; it says which of them are used"
    )

    @field_validator("resize")
    @classmethod
    def _in_short(cls, value: Any) -> Any:
        return as_size(*value) if isinstance(value, tuple) else value

    # Validators see the fields before theirs: `limit` and `skip`, then `range`, then `validation`.
    @field_validator("range")
    @classmethod
    def _one_range(cls, value: tuple[int, int] | None, info: ValidationInfo) -> tuple[int, int] | None:
        if value is not None and (info.data.get("skip") or info.data.get("limit") is not None):
            raise ValueError("must stand alone, without `skip` and `limit`")
        if value is not None and value[0] >= value[1]:
            raise ValueError("must hold at least one image")
        return value

    @field_validator("validation")
    @classmethod
    def _some_left(cls, value: int, info: ValidationInfo) -> int:
        first, end = info.data.get("range") or (0, info.data.get("limit"))
        if end is not None and value >= end - first:
            raise ValueError(f"must be less than the {end - first} images in use")
        return value

    @field_validator("classes")
    @classmethod
    def _as_a_set(cls, value: list[int] | None) -> list[int] | None:
        if value == []:
            raise ValueError("must name at least one class")
        return None if value is None else sorted(set(value))


class RecipeWeights(Table):
    """`weights = { recipe = "file.toml" }`: the result of another recipe, built if it is not there."""

    recipe: str = Field(description="a recipe file, relative to this one")
    set: dict[str, Any] = Field({}, description='keys of that recipe to change, such as { "train.steps" = 2000 }')


class FileWeights(Table):
    """`weights = { file = "x.safetensors" }`, with parameter names replaced by prefix."""

    file: str = Field(description="a safetensors file, relative to this recipe, or `package:path` in a package")
    rename: dict[str, str] = Field({}, description="prefixes of parameter names, and what replaces them")

    @field_validator("file")
    @classmethod
    def _inside(cls, value: str) -> str:
        if is_packaged(value) and leaves_package(value):
            raise ValueError("the path must stay inside the package")
        return value


def _weights_kind(value: Any) -> str:
    is_file = "file" in value if isinstance(value, dict) else isinstance(value, FileWeights)
    return "FileWeights" if is_file else "RecipeWeights"


# Told apart by their keys, so that a mistake in one is not reported as a mistake in the other too.
Weights = Annotated[
    Annotated[RecipeWeights, Tag("RecipeWeights")] | Annotated[FileWeights, Tag("FileWeights")],
    Discriminator(_weights_kind),
]


class NetworkTable(Table):
    """`[networks.ROLE]`: a network, its weights and its average."""

    use: str = Field(description="a component of the role's kind")
    weights: Weights | None = Field(None, description='{ recipe = "NAME.toml" } or { file = "NAME.safetensors" }')
    frozen: bool | None = Field(None, description="never updated, in eval mode; unset means as the method has it")
    ema: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="decay per step of an average of its weights, which is then what is evaluated"
    )
    schedules: Annotated[dict[Literal["ema"], ComponentRef], Since(2)] = Field(
        {}, description="scheduler components that give values at each step, by name: `ema`, the decay of the average"
    )


class LossTable(Table):
    """`[losses.NAME]`: a term or group of terms, its weight and its schedule."""

    use: str = Field(description="a loss component")
    weight: float = Field(1.0, description="factor of the term; 0 removes it")
    schedule: ComponentRef | None = Field(None, description="a scheduler component that scales the weight")
    interval: Annotated[Count, Since(2)] = Field(
        1, description="compute the loss only in every so many steps of its phase, with as many times the weight"
    )


class PhaseTable(Table):
    """`[phases.NAME]`: one kind of update within a step; if any is given, they replace the method's."""

    update: str | Annotated[list[str], Field(min_length=1)] = Field(
        description="role of the network to update, or roles of several that share one gradient"
    )
    terms: list[str] | None = Field(None, description="loss terms, such as `adversarial.d_source`; unset means all")
    repeat: Count = Field(1, description="updates in a row")
    fresh: bool | None = Field(
        None, description="new batch and noise for each update after the first; unset: one for all"
    )
    interval: Count = Field(1, description="act every so many steps")
    start: Step = Field(0, description="first step")
    stop: Step | None = Field(None, description="step from which it acts no more")
    lower_bound: float | None = Field(None, description="skip the update while the phase's loss is below this")
    hysteresis: tuple[float, float] | None = Field(
        None, description="rest once the loss is below the first value, until it exceeds the second"
    )

    @property
    def roles(self) -> tuple[str, ...]:
        """The networks that it updates."""
        return (self.update,) if isinstance(self.update, str) else tuple(dict.fromkeys(self.update))

    @property
    def draws(self) -> int:
        """The number of batches drawn in addition to the step's first one."""
        return self.repeat - 1 if self.fresh else 0

    @field_validator("hysteresis")
    @classmethod
    def _rising(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and value[0] > value[1]:
            raise ValueError("the first value must not exceed the second")
        return value

    @pydantic.model_validator(mode="after")
    def _lasting(self) -> PhaseTable:
        if self.stop is not None and self.stop <= self.start:
            raise ValueError(f"it stops at step {self.stop}, before it starts at step {self.start}")
        return self


class OptimizerTable(Table):
    """`[optimizers.ROLE]`: how a network is updated."""

    use: str = Field(description="an optimizer component")
    schedule: ComponentRef | None = Field(None, description="a scheduler component that scales the learning rate")
    schedules: Annotated[dict[str, ComponentRef], Since(2)] = Field(
        {}, description="schedulers of other numbers of the optimizer, by name: `beta1`, `momentum`, `weight_decay` ..."
    )
    clip_norm: Annotated[float, Field(gt=0)] | None = Field(None, description="largest norm of the gradient")


class MetricTable(Table):
    """`[metrics.NAME]`: what is measured on validation and test images."""

    use: str = Field(description="a metric component")
    judges: Annotated[list[str] | None, Since(2)] = Field(None, description="judges that it asks, by name; unset: all")


class JudgeTable(Table):
    """`[judges.NAME]`: a network that reads the outputs and took no part in training; of a recipe, or a component."""

    recipe: str | None = Field(None, description="the recipe that trains it")
    use: Annotated[str | None, Since(2)] = Field(None, description="an encoder component, in place of `recipe`")
    weights: Annotated[Weights | None, Since(2)] = Field(None, description="of the component; unset: its own weights")
    resize: Annotated[Count | tuple[Count, Count] | None, Since(2)] = Field(
        None, description="pixels of a side, or height and width, of the images that it reads; unset: as the outputs'"
    )
    fit: Annotated[Fit | None, Since(2)] = Field(
        None, description="`stretch` or `crop`, as in a data table; unset: as the outputs' data table has it"
    )
    channels: Annotated[Channels | None, Since(2)] = Field(
        None, description="grey or RGB, as the component reads it; unset: as the outputs should be"
    )
    normalize: Annotated[Normalize | None, Since(2)] = Field(
        None, description="range of the values that the component reads; unset: as the outputs should be"
    )
    circular: bool = Field(False, description="it did take part in training; every number of it is marked as circular")


class TrainTable(Table):
    """`[train]`: how long, in which precision, and how often to look."""

    steps: Count = Field(description="number of steps; each draws a batch per data role, more if a phase has `fresh`")
    batch_size: Batch = Field(128, description="images per batch and data role")
    accumulate: Annotated[Count, Since(2)] = Field(
        1, description="batches with gradients averaged for each update, as if they were one large batch"
    )
    precision: Literal["auto", "fp32", "bf16", "fp64"] = Field(
        "auto", description="bf16 autocast with fp32 weights where the hardware multiplies bf16, else fp32"
    )
    channels_last: bool = Field(True, description="memory layout of images and weights")
    deterministic: bool = Field(True, description="only algorithms that give the same bits each time")
    log_every: Count = Field(20, description="steps between lines of the journal")
    sample_every: Count = Field(200, description="steps between sample grids")
    validate_every: Count = Field(200, description="steps between measurements on the validation images")
    checkpoint_every: Count = Field(200, description="steps between checkpoints")
    keep: Count = Field(2, description="checkpoints to keep beside the best")
    select: Annotated[str | None, Since(2)] = Field(
        None,
        description="metric that chooses the checkpoint on validation images, such as `frechet-distance` or a part of "
        "it, `frechet-distance/JUDGE`; unset means the method's",
    )


class EvaluateTable(Table):
    """`[evaluate]`: how the trained networks are measured."""

    batch_norm: Literal["running", "batch", "recalibrated"] = Field(
        "running",
        description="statistics of batch norm: as tracked in training, of each test batch, or measured anew on the "
        "training images of the method's input",
    )
    batch_size: Batch = Field(250, description="images per batch")
    samples: Annotated[int, Field(ge=1, le=10**6)] | None = Field(
        None,
        description="number of outputs to measure if they are made of noise; unset: the number of real test images",
    )


SECTIONS: dict[str, type[Table]] = {"recipe": RecipeTable, "train": TrainTable, "evaluate": EvaluateTable}
NAMED_SECTIONS: dict[str, type[Table]] = {
    "data": DataTable,
    "networks": NetworkTable,
    "losses": LossTable,
    "phases": PhaseTable,
    "optimizers": OptimizerTable,
    "metrics": MetricTable,
    "judges": JudgeTable,
}
# Tables within tables, by their names in pydantic's errors.
NESTED_TABLES: dict[str, type[Table]] = {kind.__name__: kind for kind in (RecipeWeights, FileWeights, Standardize)}
# Keys that change what is seen of a run and not what it computes.
COSMETIC = {("recipe", "name"), ("recipe", "description")} | {
    ("train", key) for key in ("log_every", "sample_every", "checkpoint_every", "keep")
}
