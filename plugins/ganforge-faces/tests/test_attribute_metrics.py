"""The measures of single attributes, against counts made by hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from ganforge.errors import DataError
from ganforge_faces.attribute_metrics import attribute_accuracy, attribute_agreement
from ganforge_faces.attributes import CLASS_NAMES, NAMES


def one_hot(classes: list[int]) -> Tensor:
    return torch.eye(576)[classes]


class Reader:
    """A judge that reads the class from the first two bytes of an image."""

    def __call__(self, images: npt.NDArray[np.uint8], /) -> Tensor:
        return one_hot((images[:, 0, 0, 0].astype(int) * 256 + images[:, 0, 0, 1]).tolist())

    def features(self, images: npt.NDArray[np.uint8], /) -> Tensor:
        return self(images)


def pictures(classes: list[int]) -> npt.NDArray[np.uint8]:
    images = np.zeros((len(classes), 4, 4, 3), dtype=np.uint8)
    images[:, 0, 0, 0], images[:, 0, 0, 1] = np.divmod(classes, 256)
    return images


def share(found: list[int], wanted: list[int], attribute: int) -> float:
    """Count by the words of the classes' names."""
    pairs = zip(found, wanted, strict=True)
    same = [CLASS_NAMES[a].split("/")[attribute] == CLASS_NAMES[b].split("/")[attribute] for a, b in pairs]
    return sum(same) / len(same)


def classes(seed: int, count: int = 40) -> list[int]:
    found: list[int] = np.random.default_rng(seed).integers(576, size=count).tolist()
    return found


def test_accuracy_counts_each_attribute_on_its_own() -> None:
    found = attribute_accuracy(one_hot(classes(0)), torch.tensor(classes(1)))
    assert found == {name: pytest.approx(share(classes(0), classes(1), i)) for i, name in enumerate(NAMES)}


def test_agreement_compares_outputs_and_has_two_controls() -> None:
    source, seen = classes(0), classes(0)[:30] + classes(1)[30:]
    read_untransferred = classes(2)
    found = attribute_agreement(
        pictures(read_untransferred), pictures(seen), torch.tensor(source), {"one": Reader(), "two": Reader()}
    )
    for judge in ("one", "two"):
        for i, name in enumerate(NAMES):
            assert found[f"{name}/{judge}"] == pytest.approx(share(seen, source, i))
            assert found[f"untransferred-{name}/{judge}"] == pytest.approx(share(read_untransferred, source, i))
        assert found[f"least/{judge}"] == min(found[f"{name}/{judge}"] for name in NAMES)


def test_shuffled_pairs_agree_by_chance_only() -> None:
    source = classes(3, 4000)
    found = attribute_agreement(pictures(source), pictures(source), torch.tensor(source), {"judge": Reader()})
    for name, values in zip(NAMES, (3, 4, 3, 2, 2, 2, 2), strict=True):
        assert found[f"{name}/judge"] == 1
        assert found[f"shuffled-{name}/judge"] == pytest.approx(1 / values, abs=0.04)


def test_more_classes_than_combinations_are_refused() -> None:
    with pytest.raises(DataError, match="577 classes") as caught:
        attribute_accuracy(torch.eye(577), torch.arange(577))
    assert caught.value.fix is not None
