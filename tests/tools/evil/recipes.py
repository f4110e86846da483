"""Evil recipes and studies."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evil.honest import STUDY
from evil.registry import attack, sparse
from small_run import CLASSIFIER, GAN, TRANSFER, variant


def recipe(base: str, key: str, value: Any) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        (folder / "evil.toml").write_text(variant(base, {key: value}))

    return build


for key, base, value, verb, says in (
    ("train.batch_size", CLASSIFIER, 9 * 10**18, "run", "batch_size"),
    ("data.images.resize", CLASSIFIER, 10**9, "run", "resize"),
    ("evaluate.samples", GAN, 9 * 10**18, "check", "samples"),
    ("networks.classifier.width", CLASSIFIER, 10**9, "run", "allocate memory"),
    ("method.latent_dim", GAN, 10**15, "run", "allocate memory"),
    ("train.steps", CLASSIFIER, 10**100, "check", "more than 64 bits"),
):
    attack(f"a recipe with a huge {key}", f"{verb} evil.toml", says)(recipe(base, key, value))


@attack("a recipe with synthetic images by the trillion", "run evil.toml", "count", "run gan.toml")
def _(folder: Path) -> None:
    data = {"use": "digits/synthetic-street", "count": 10**12}
    (folder / "evil.toml").write_text(variant(CLASSIFIER, {"data.images": data}))


TEXTS = {
    "an array of 40,000 lines": "x = [\n" + "  'abc', # [\n" * 40_000 + "]\n",
    "40,000 tables": "".join(f"[a.b{number}]\n" for number in range(40_000)),
    "a key of 100,000 parts": f"{'a.' * 100_000}b = 1\n",
    "arrays 100,000 deep": "x = " + "[" * 100_000,
    "a number of a million digits": "[train]\nsteps = " + "9" * 10**6,
    "an endless string": "x = '''" + "a" * 10**6,
}
for title, text in TEXTS.items():
    attack(f"a recipe with {title}", "check evil.toml", "evil.toml")(
        lambda folder, text=text: (folder / "evil.toml").write_text(text)
    )


@attack("a recipe of a gigabyte", "run evil.toml", "at most")
def _(folder: Path) -> None:
    sparse(folder / "evil.toml", 1 << 30)


@attack("a pipe as a recipe", "check evil.toml", "evil.toml")
def _(folder: Path) -> None:
    os.mkfifo(folder / "evil.toml")


@attack("a pipe that a recipe builds on", "run evil.toml", "pipe.toml")
def _(folder: Path) -> None:
    (folder / "evil.toml").write_text(variant(TRANSFER, {"networks.encoder.weights": {"recipe": "pipe.toml"}}))
    os.mkfifo(folder / "pipe.toml")


@attack("a device as a recipe", "check evil.toml", "evil.toml")
def _(folder: Path) -> None:
    (folder / "evil.toml").symlink_to("/dev/zero")


@attack("a recipe that builds on itself", "run evil.toml", "evil.toml")
def _(folder: Path) -> None:
    (folder / "evil.toml").write_text(variant(TRANSFER, {"networks.encoder.weights": {"recipe": "evil.toml"}}))


@attack("a recipe that names its run out of the folder", "run evil.toml", "name")
def _(folder: Path) -> None:
    (folder / "evil.toml").write_text(variant(CLASSIFIER, {"recipe.name": "../../escaped"}))


@attack("a study of 10^18 combinations", "study evil.toml", "evil.toml")
def _(folder: Path) -> None:
    keys = {f"train.{key}": list(range(1, 1001)) for key in ("steps", "batch_size", "log_every", "validate_every")}
    keys |= {f"optimizers.classifier.{key}": [n / 1e6 for n in range(1, 1001)] for key in ("lr", "eps")}
    (folder / "evil.toml").write_text(variant(STUDY, {"variants": None, "search": {"method": "grid", "keys": keys}}))


@attack("a study of 9e18 trials", "study evil.toml", "evil.toml")
def _(folder: Path) -> None:
    search = {"trials": 9 * 10**18, "keys": {"train.steps": [1, 2]}}
    (folder / "evil.toml").write_text(variant(STUDY, {"variants": None, "search": search}))
