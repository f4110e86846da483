"""Image sets of a run: training images, measured images, and the real images to compare outputs with.

- A table named after a data role of the method holds training images.
- A table named `test` or `test-NAME` holds images to measure in place of the method's input.
- `[data.test-ROLE]`, of the role that the output looks like, holds real images that training does not see, to compare
  outputs for test images with; without it, and for validation images, the role's training images are used.
- Images of a role paired with the method's input belong to the input's one to one, also in validation.
  `[data.test-ROLE]` then belongs to `[data.test]`, and outputs are compared with exactly these images.
- Outputs made of noise have no test images; their validation images are held out of the role that they look like.
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
    """The images of a recipe by purpose.

    Attributes:
        training: by role.
        validation: images to choose the checkpoint with: inputs, or for outputs made of draws real images; or None.
        test: the images to measure in the end, by table.
        held_out: real images like the outputs that training does not see, or None.
        partners: images paired one to one with validation and test images, by the name of these and by role.
    """

    training: Mapping[str, ImageSet]
    validation: ImageSet | None
    test: Mapping[str, ImageSet]
    held_out: ImageSet | None
    partners: Mapping[str, Mapping[str, ImageSet]] = field(default_factory=dict)

    @property
    def measured(self) -> dict[str, ImageSet]:
        """Validation and test images, by name."""
        return {**({"validation": self.validation} if self.validation else {}), **self.test}


def sort_images(recipe: Recipe, data: Mapping[str, Loaded]) -> ImageSets:
    """Sort the images of all data tables by purpose.

    Raises:
        DataError: held-out images differ in size or channels from the training images of their role.
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
