"""The conformance checks of all components of `basics`."""

from pathlib import Path

import numpy as np
from PIL import Image

from ganforge.testing import check_plugin

CLASSES = 2


def write_images(folder: Path) -> None:
    """Write images into one folder per class, and the same images into an npz file."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), np.uint8)
    labels = np.arange(len(pixels)) % CLASSES
    for index, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        path = folder / "pictures" / f"class-{label}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    np.savez(folder / "pictures.npz", images=pixels, labels=labels)


test_basics = check_plugin(
    "basics",
    data=write_images,
    options={
        "image-folder": {"path": "pictures", "classes_from": "folders"},
        "npz": {"path": "pictures.npz"},
        "side-by-side": {"path": "pictures", "half": "right"},
    },
)
