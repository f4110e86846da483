"""Which images a run is trained on, on which it is measured, and with which real ones its outputs are compared.

Data tables named after the method's roles are trained on; tables whose names begin with `test` are measured in the
place of the method's input. One of them is something else: `[data.test-ROLE]`, of the role whose images the output
looks like, holds real images that training does not see. Metrics compare the outputs for test images with these, and
with the training images of the role where a recipe has no such table. The outputs for validation images are compared
with training images in any case, so that nothing is chosen by what is held out for the end.

Where a role is paired with the method's input, its images belong to the input's one to one, those held out for
validation too. `[data.test-ROLE]` then belongs to `[data.test]`, and outputs are compared with just these images.

A method that makes its outputs of noise has no test images; its outputs are compared in the same way, and with
validation images, held out of the role that they look like, to choose the checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ganforge.data.loading import Loaded
from ganforge.data.source import ImageSet
from ganforge.errors import DataError
from ganforge.recipe.recipe import Recipe


@dataclass(frozen=True)
class ImageSets:
    """The images of a recipe, sorted by what they are for.

    Attributes:
        training: by role.
        validation: held out of the method's input images to choose the checkpoint, or real images that outputs made of
            draws are compared with for that; None where none are.
        test: what is measured in the end, by table.
        held_out: real images like the outputs that training does not see, or None.
        partners: of validation and test images, by their name: images that belong to them one to one, by role.
    """

    training: Mapping[str, ImageSet]
    validation: ImageSet | None
    test: Mapping[str, ImageSet]
    held_out: ImageSet | None
    partners: Mapping[str, Mapping[str, ImageSet]] = field(default_factory=dict)

    @property
    def measured(self) -> dict[str, ImageSet]:
        """Validation and test images by name."""
        return {**({"validation": self.validation} if self.validation else {}), **self.test}


def sort_images(recipe: Recipe, data: Mapping[str, Loaded]) -> ImageSets:
    """Sort the images of all data tables.

    Raises:
        DataError: the held-out images are not of the size and channels of those that the outputs look like.
    """
    method = recipe.method_class
    training = {role: data[role].train for role in method.data if role in data}
    others = {name: loaded.train for name, loaded in data.items() if name not in training}
    held_out = others.get(method.held_out() or "")
    partners = {"validation": {role: found for role in recipe.partners if (found := data[role].validation)}}
    stands_for = {held_out.name: method.pictures_like} if held_out and method.pictures_like else {}
    for name in [name for name in others if recipe.leader(name) != name]:
        stands_for[name] = role = name.removeprefix(f"{recipe.leader(name)}-")
        partners.setdefault(recipe.leader(name), {})[role] = others[name]
    for name, role in stands_for.items():
        size, like = others[name].images.shape[1:], training[role].images.shape[1:]
        if size != like:
            raise DataError(
                f"[data.{name}] is {list(size)} an image, and [data.{role}] is {list(like)}",
                where=recipe.document.where(("data", name)),
                fix="give both the same `resize` and `channels`",
            )
        if role != method.image_input():
            del others[name]
    validated = method.validated()
    return ImageSets(training, data[validated].validation if validated else None, others, held_out, partners)
