"""The result of a run as a callable: images in, the method's outputs out; or images made of noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.data.images import Array
from ganforge.data.loading import normalization_of
from ganforge.data.source import ImageSet
from ganforge.data.transform import Normalization, convert, to_pictures
from ganforge.errors import DataError, RunError, command
from ganforge.image_size import sides
from ganforge.measuring.forward import Forward, Given
from ganforge.method import DataFacts
from ganforge.networks.settings import measuring_settings
from ganforge.networks.weights import build_network, load_weights, read_weights
from ganforge.plugins.registry import Registry
from ganforge.quantities.inputs import Inputs
from ganforge.quantities.plan import Plan
from ganforge.quantities.planner import make_plan
from ganforge.recipe.check import read_stored_recipe
from ganforge.runs.directory import RunDirectory

Images = TypeVar("Images", Array, Tensor)


@dataclass(frozen=True)
class Reading:
    """The form in which a network reads images: size in pixels, channels (1 or 3), and normalisation from [0, 1]."""

    image_size: int | tuple[int, int]
    channels: int
    normalization: Normalization

    def prepare(self, images: Array) -> ImageSet:
        """Convert uint8 images [N, H, W, C] to this form."""
        resize = None if images.shape[1:3] == sides(self.image_size) else self.image_size
        return ImageSet("given", convert(images, resize, self.channels), None, None, self.normalization, digest="")


class Trained:
    """The trained networks of a finished run.

    A call maps images as the run's method does: uint8 arrays [N, H, W, C] (or [N, H, W]) to arrays, uint8 tensors
    [N, C, H, W] to tensors; size, channels and normalisation are adapted. A domain transfer returns uint8 images of the
    target domain, a classifier class scores. Use `sample` for a method that makes images of noise.

    Example:
        digits = ganforge.load("runs/cgan").sample(8, given={"label": 3})

    The plan of the run's recipe is made unless it is given.

    Raises:
        RunError: the run has no weights yet, or they are damaged.
    """

    def __init__(self, run: RunDirectory, registry: Registry, device: torch.device, plan: Plan | None = None) -> None:
        self.run = run
        plan = plan or make_plan(read_stored_recipe(run.recipe, registry))
        self.recipe = plan.recipe
        record = run.read_record()
        if "facts" not in record or not run.weights.is_dir():
            raise RunError(f"the run {run.path} has no result yet", fix=command("resume", run.path))
        facts = {role: DataFacts(**values) for role, values in record["facts"].items()}
        self.forward = Forward(plan, facts, measuring_settings(self.recipe.train, device))
        self.networks: dict[str, nn.Module] = {}
        for role in self.recipe.method_class.networks:
            path = run.weights / f"{role}.safetensors"
            if role in self.recipe.networks and path.exists():
                network = self.forward.settings.place(build_network(plan, role, facts, self.networks))
                load_weights(network, read_weights(path), str(path), {})
                self.networks[role] = network.eval().requires_grad_(False)
        method, data = self.recipe.method_class, self.recipe.data
        reads, like = method.image_input(), method.pictures_like
        self._input = None
        if reads:
            self._input = Reading(facts[reads].image_size, facts[reads].channels, normalization_of(data[reads].table))
        self._output_normalization = normalization_of(data[like].table) if like else None

    def __call__(self, images: Images, given: Given | None = None, seed: int = 0) -> Any:
        """Map images.

        Args:
            images: uint8 array [N, H, W, C] or [N, H, W], or uint8 tensor [N, C, H, W].
            given: fixed values of other inputs, such as a style: one for all images, or an array of one for each.
            seed: seed of the inputs that are drawn.

        Returns:
            uint8 pictures of the same kind as the images, or float32 class scores [N, classes] as a tensor.

        Raises:
            DataError: the images are of another type or shape, there are none, or labels are needed and not given.
            UsageError: a given value fits no input.
            RunError: the run's method makes its outputs of noise.
        """
        array = _as_array(images)
        outputs = self.outputs(array, given, seed)
        if self._output_normalization is None:
            return outputs
        pictures = to_pictures(self._output_normalization.invert(outputs))
        return torch.from_numpy(pictures).permute(0, 3, 1, 2) if isinstance(images, Tensor) else pictures

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

    @property
    def image_size(self) -> int | tuple[int, int]:
        """Size in pixels, of a side or height and width, of the images that the networks read; RunError for noise."""
        return self._reads().image_size

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of values of each input that has a known number of them, such as a class."""
        return self.forward.counts

    def outputs(self, images: Array, given: Given | None = None, seed: int = 0) -> Tensor:
        """Return the method's output in the networks' range, float32 on the CPU, of uint8 images [N, H, W, C]."""
        output = self.recipe.method_class.output
        return self.quantities(images, [output], given, seed)[output]

    def quantities(
        self, images: Array, names: Iterable[str], given: Given | None = None, seed: int = 0
    ) -> dict[str, Tensor]:
        """Compute quantities, float32 on the CPU, of uint8 images [N, H, W, C] and of given or drawn other inputs.

        Raises:
            RunError: the method reads no images.
        """
        return self._computed(self.forward.inputs(self._reads().prepare(images), given, seed), names)

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


def _as_array(images: Array | Tensor) -> Array:
    array = images.permute(0, 2, 3, 1).cpu().numpy() if isinstance(images, Tensor) and images.ndim == 4 else images
    if isinstance(array, np.ndarray) and array.ndim == 3:
        array = array[..., None]
    if not isinstance(array, np.ndarray) or array.ndim != 4 or array.dtype != np.uint8 or not array.size:
        kind = f"{getattr(images, 'dtype', type(images).__name__)} {list(getattr(images, 'shape', []))}"
        fix = "give uint8 arrays [N, H, W, C] or uint8 tensors [N, C, H, W], of at least one image"
        raise DataError(f"cannot take {kind}", fix=fix)
    return array
