"""A folder in which nothing means harm: recipes, data and finished runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import scipy.io
from PIL import Image

import ganforge
from evil.registry import idx
from small_run import CLASSIFIER, GAN, TRANSFER, variant, write_images

STUDY = """
[study]
name = "widths"
base = "encoder.toml"
metric = "accuracy"
seeds = [0]
sets = ["validation"]
[variants.narrow]
set = { "networks.classifier.width" = 2 }
"""
PHOTOS = {
    "data.images": {"use": "basics/image-folder", "path": "photos", "classes_from": "folders", "validation": 10},
}
DIGITS = {"data.images": {"use": "digits/mnist", "resize": 32, "validation": 5}}
HOUSES = {"data.images": {"use": "digits/svhn", "validation": 5}}


def make_honest(root: Path) -> None:
    """Fill a folder with recipes, data and finished runs that mean no harm."""
    for name, count, channels in (("street", 60, 3), ("writing", 50, 1), ("test", 30, 3)):
        write_images(root, name, count, channels, seed=count)
    recipes = {
        "encoder": (CLASSIFIER, {}),
        "judge": (CLASSIFIER, {"recipe.name": "judge", "data.images.path": "writing.npz"}),
        "transfer": (TRANSFER, {}),
        "gan": (GAN, {}),
        "photos": (CLASSIFIER, PHOTOS),
        "digits": (CLASSIFIER, DIGITS),
        "houses": (CLASSIFIER, HOUSES),
        "weights": (CLASSIFIER, {"networks.classifier.weights": {"file": "weights.safetensors"}}),
    }
    for name, (base, changes) in recipes.items():
        (root / f"{name}.toml").write_text(variant(base, changes))
    (root / "study.toml").write_text(STUDY)
    draw = np.random.default_rng(0)
    for number in range(40):
        folder = root / "photos" / str(number % 4)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 256, (16, 16, 3), np.uint8)).save(folder / f"{number}.png")
    raw = root / "mnist" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    pixels, labels = draw.integers(0, 256, (40, 28, 28), np.uint8), np.arange(40, dtype=np.uint8) % 10
    (raw / "train-images-idx3-ubyte").write_bytes(idx(*pixels.shape) + pixels.tobytes())
    (raw / "train-labels-idx1-ubyte").write_bytes(idx(*labels.shape) + labels.tobytes())
    (root / "svhn").mkdir()
    houses = draw.integers(0, 256, (32, 32, 3, 40), np.uint8)
    scipy.io.savemat(root / "svhn" / "train_32x32.mat", {"X": houses, "y": labels[:, None] + 1})
    for name in ("encoder", "transfer"):
        ganforge.run(root / f"{name}.toml", data=root, runs=root / "runs", cache=root / "cache")
    shutil.copy(root / "runs" / "encoder" / "weights" / "classifier.safetensors", root / "weights.safetensors")
