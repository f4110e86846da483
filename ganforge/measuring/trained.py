"""The result of a run as a callable: images in, the method's outputs out; or images made of noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.data.geometry import crop
from ganforge.data.images import Array
from ganforge.data.loading import normalization_of
from ganforge.data.source import ImageSet
from ganforge.data.transform import Normalization, convert, to_pictures
from ganforge.errors import RunError, command
from ganforge.image_size import Fit, sides
from ganforge.measuring.forward import Forward, Given
from ganforge.measuring.pictures import Pictures, holds_tensors, is_one, joined, pictures
from ganforge.method import DataFacts
from ganforge.networks.settings import measuring_settings
from ganforge.networks.weights import build_network, load_weights, read_kept_weights, read_statistics
from ganforge.plugins.registry import Registry
from ganforge.quantities.inputs import Inputs
from ganforge.quantities.plan import Plan
from ganforge.quantities.planner import make_plan
from ganforge.recipe.recipe import ComponentTable
from ganforge.recipe.schema import DataTable
from ganforge.runs.directory import RunDirectory
from ganforge.runs.stored_recipe import stored_recipe


@dataclass(frozen=True)
class Reading:
    """The form in which a network reads images, and how images come to it.

    Attributes:
        image_size: in pixels.
        channels: channels of the images.
        normalization: map from [0, 1] to the network's range.
        fit: the way of images to that size.
        crop_first: the size that the dataset crops its images to, before they are resized; None if it does not.
    """

    image_size: int | tuple[int, int]
    channels: int
    normalization: Normalization
    fit: Fit = "stretch"
    crop_first: int | tuple[int, int] | None = None

    def prepare(self, images: Pictures) -> ImageSet:
        """Convert images to this form; see `Trained`."""
        fitting = joined([self._converted(part) for part in pictures(images, self.channels)])
        return ImageSet("given", fitting, None, None, self.normalization, digest="")

    def _converted(self, images: Array) -> Array:
        resize = None if images.shape[1:3] == sides(self.image_size) else self.image_size
        if resize and self.crop_first:
            images = crop(images, self.crop_first)
        return convert(images, resize, self.channels, self.fit)


def reading_of(part: ComponentTable[DataTable], facts: DataFacts) -> Reading:
    """Return the form and the way of the images of a data table, as in its training."""
    option = getattr(part.use.entry.load(), "crops_to", None)
    size = part.use.resolved().get(option) if option else None
    crop_first = tuple(size) if isinstance(size, list) else size
    return Reading(facts.image_size, facts.channels, normalization_of(part.table), part.table.fit, crop_first)


class Trained:
    """The trained networks of a finished run.

    A call maps images as the run's method does; size, channels and normalisation are adapted. A domain transfer returns
    uint8 images of the target domain, a classifier class scores. Use `sample` for a method that makes images of noise.

    One image is an array [H, W, C] or [H, W], a tensor [C, H, W], a PIL image or the path of a file. Many are a list of
    these, an array [N, H, W, C] or [N, H, W], or a tensor [N, C, H, W]. Arrays and tensors are uint8 or uint16; what
    could be one image or many is refused.

    Example:
        portrait = ganforge.load("runs/quickstart")("photo.jpg")
        digits = ganforge.load("runs/cgan").sample(8, given={"label": 3})

    The plan of the run's recipe is made unless it is given.

    Raises:
        RunError: the run has no weights yet, or they are damaged.
    """

    def __init__(self, run: RunDirectory, registry: Registry, device: torch.device, plan: Plan | None = None) -> None:
        self.run = run
        plan = plan or make_plan(stored_recipe(run, registry))
        self.recipe = plan.recipe
        record = run.read_record()
        if "facts" not in record or not run.weights.is_dir():
            raise RunError(f"the run {run.path} has no result yet", fix=command("resume", run.path))
        facts = {role: DataFacts(**values) for role, values in record["facts"].items()}
        self.forward = Forward(plan, facts, measuring_settings(self.recipe.train, device))
        self.networks: dict[str, nn.Module] = {}
        needed = plan.graph.roles(self.recipe.method_class.output)
        for role in self.recipe.method_class.networks:
            path = run.weights / f"{role}.safetensors"
            if role in self.recipe.networks and (role in needed or path.exists()):
                network = self.forward.settings.place(build_network(plan, role, facts, self.networks))
                load_weights(network, read_kept_weights(run, role), str(path), {})
                self.networks[role] = network.eval().requires_grad_(False)
        method, data = self.recipe.method_class, self.recipe.data
        measured = [need for metric in plan.metrics.values() for need in metric.needs]
        if plan.graph.statistics_of([method.output, *measured, *(method.compared or ())]):
            self.forward.statistics = read_statistics(run)
        reads, like = method.image_input(), method.pictures_like
        self._input = reading_of(data[reads], facts[reads]) if reads else None
        self._output_normalization = normalization_of(data[like].table) if like else None

    def __call__(self, images: Pictures, given: Given | None = None, seed: int = 0) -> Any:
        """Map images.

        Args:
            images: one image or many, see above.
            given: fixed values of other inputs, such as a style: one for all images, or an array of one for each.
            seed: seed of the inputs that are drawn.

        Returns:
            uint8 pictures, a tensor [N, C, H, W] if the images are tensors and else an array [N, H, W, C]; or float32
            class scores as a tensor [N, classes]. Of one image without N.

        Raises:
            DataError: the images are of another type or shape, there are none, a file cannot be read, or labels are
                needed and not given.
            UsageError: a given value fits no input.
            RunError: the run's method makes its outputs of noise.
        """
        outputs = self.outputs(images, given, seed)
        made: Array | Tensor = outputs
        if self._output_normalization is not None:
            drawn = to_pictures(self._output_normalization.invert(outputs))
            made = torch.from_numpy(drawn).permute(0, 3, 1, 2) if holds_tensors(images) else drawn
        return made[0] if is_one(images, self._reads().channels) else made

    def sample(self, count: int, seed: int = 0, given: Given | None = None) -> Array:
        """Make images of noise, uint8 [count, H, W, C].

        Args:
            count: number of images, at least 1.
            seed: seed of the noise.
            given: fixed values of inputs, such as a class: one for all images, or an array of one for each.

        Raises:
            UsageError: a given value fits no input.
            RunError: the run's method makes its outputs of images, or makes no images.
        """
        if not self.starts_from_noise or self._output_normalization is None:
            raise RunError(
                f"the run {self.run.path} makes no images of noise: its method is {self.recipe.method.entry.name!r}",
                fix=f"{command('transfer', self.run.path)} IMAGES" if self.makes_pictures else None,
            )
        output = self.recipe.method_class.output
        tables = self._computed(self.forward.drawn("drawn", count, given, seed), [output])
        return to_pictures(self._output_normalization.invert(tables[output]))

    @property
    def starts_from_noise(self) -> bool:
        """True if outputs are made of noise rather than of images."""
        return self._input is None

    @property
    def makes_pictures(self) -> bool:
        """True if outputs are pictures."""
        return self._output_normalization is not None

    def prepared(self, images: Pictures) -> Array:
        """Return images as the networks read them, uint8 or uint16 [N, H, W, C], before they are normalised."""
        return self._reads().prepare(images).images

    def other_inputs(self, count: int, given: Given | None = None, seed: int = 0) -> Mapping[str, Tensor]:
        """Return the inputs beside `count` images by name, [count, ...]: given, or drawn as in a call.

        Rows of them, given to calls with parts of the images, make the pictures of one call with all.
        """
        nothing = np.broadcast_to(np.zeros((1, 1, 1, 1), np.uint8), (count, 1, 1, 1))
        blank = ImageSet("given", nothing, None, None, self._reads().normalization, digest="")
        return self.forward.inputs(blank, given, seed).rows

    @property
    def image_size(self) -> int | tuple[int, int]:
        """Size in pixels, of a side or height and width, of the images that the networks read; RunError for noise."""
        return self._reads().image_size

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of values of each input that has a known number of them, such as a class."""
        return self.forward.counts

    def outputs(self, images: Pictures, given: Given | None = None, seed: int = 0) -> Tensor:
        """Return the method's output in the networks' range, float32 [N, ...] on the CPU, of images."""
        output = self.recipe.method_class.output
        return self.quantities(images, [output], given, seed)[output]

    def quantities(
        self, images: Pictures, names: Iterable[str], given: Given | None = None, seed: int = 0
    ) -> dict[str, Tensor]:
        """Compute quantities, float32 [N, ...] on the CPU, of images and of given or drawn other inputs.

        Raises:
            RunError: the method reads no images.
        """
        return self._computed(self.forward.inputs(self._reads().prepare(images), given, seed), names)

    def distances(self, images: Pictures, given: Given | None = None, seed: int = 0) -> Array:
        """Return how far each image is from its output, float64 [N], by the run's own encoder: ||f(x) - f(G(x))||.

        Of several photographs of a person, that with the smallest distance is transferred best (Taigman et al., 2016,
        equation 8). The method names the codes that are compared; one image gives one distance, [1].

        Example:
            transfer = ganforge.load("runs/faces-emoji")
            avatar = transfer(photos[transfer.distances(photos).argmin()])

        Raises:
            RunError: the run's method compares no images with their outputs.
            DataError: as for a call.
        """
        self._reads()
        compared = self.recipe.method_class.compared
        if compared is None:
            raise RunError(
                f"the run {self.run.path} has no f to compare images with their outputs: its method is "
                f"{self.recipe.method.entry.name!r}",
                fix="use a run of a method that reads both by an encoder, such as dtn/dtn",
            )
        tables = self.quantities(images, compared, given, seed)
        before, after = (tables[name].double().flatten(1) for name in compared)
        found: Array = (before - after).norm(dim=1).numpy()
        return found

    def _reads(self) -> Reading:
        if self._input is None:
            raise RunError(
                f"the run {self.run.path} makes its images of noise, not of images",
                fix=f"{command('sample', self.run.path)} -n 64, or sample(64) in Python",
            )
        return self._input

    def _computed(self, inputs: Inputs, names: Iterable[str]) -> dict[str, Tensor]:
        tables = self.forward.tables(self.networks, inputs, names, self.forward.final_mode)
        return {name: table.float() for name, table in tables.items()}
