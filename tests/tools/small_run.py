"""Small recipes, images and commands for tests: a run of any of them takes a fraction of a second.

Each recipe is a text, of which `recipe` gives variants: `variant(GAN, {"data.images.resize": [96, 64]})`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import tomlkit

from ganforge.cli import main
from ganforge.plugins.selection import WITHOUT

CLASSIFIER = """
[recipe]
name = "encoder"
seed = 1
[data.images]
use = "basics/npz"
path = "street.npz"
validation = 10
[networks.classifier]
use = "digits/strided-cnn"
width = 4
code_dim = 8
[method]
use = "basics/classifier"
[losses.classification]
use = "basics/classification"
[train]
steps = 3
batch_size = 8
"""

TRANSFER = """
[recipe]
name = "transfer"
seed = 5

[data.source]
use = "basics/npz"
path = "street.npz"
validation = 12

[data.target]
use = "basics/npz"
path = "writing.npz"

[data.test]
use = "basics/npz"
path = "test.npz"

[networks.encoder]
use = "digits/strided-cnn"
width = 4
code_dim = 8
weights = { recipe = "encoder.toml" }

[networks.generator]
use = "dtn/digit-generator"
width = 4
ema = 0.9

[networks.discriminator]
use = "dtn/digit-discriminator"
width = 4

[method]
use = "dtn/dtn"

[losses.adversarial]
use = "dtn/ternary-adversarial"

[losses.constancy]
use = "dtn/f-constancy"
weight = 15.0

[losses.identity]
use = "dtn/identity"
weight = 15.0

[optimizers.generator]
use = "basics/adam"
schedule = { use = "basics/cosine", warmup = 5 }

[judges.pooled]
recipe = "judge.toml"

[train]
steps = 8
batch_size = 6
precision = "fp32"
log_every = 3
sample_every = 5
validate_every = 5
checkpoint_every = 4
"""

GAN = """
[recipe]
name = "gan"
[data.images]
use = "basics/npz"
path = "writing.npz"
[networks.generator]
use = "gans/dcgan-generator"
width = 4
[networks.discriminator]
use = "gans/dcgan-discriminator"
width = 4
[method]
use = "gans/unconditional"
latent_dim = 5
[losses.adversarial]
use = "gans/hinge"
[train]
steps = 2
batch_size = 4
"""

STREET = {"use": "digits/synthetic-street", "count": 40}
HANDWRITING = {"use": "digits/synthetic-handwriting", "count": 40, "resize": 32}
"""Data tables that need no files."""


def variant(base: str, changes: Mapping[str, Any]) -> str:
    """Return a recipe with keys set, by their names with dots; None removes a key or a table."""
    table = tomllib.loads(base)
    for key, value in changes.items():
        *path, last = key.split(".")
        inner = table
        for name in path:
            inner = inner.setdefault(name, {})
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return tomlkit.dumps(table)


def write_images(folder: Path, name: str, count: int, channels: int, *, size: int = 16, seed: int = 0) -> None:
    """Write noise with labels of ten classes as `NAME.npz`."""
    draw = np.random.default_rng(seed)
    images = draw.integers(0, 256, (count, size, size, channels), np.uint8)
    np.savez(folder / f"{name}.npz", images=images, labels=draw.integers(0, 10, count))


class Result(NamedTuple):
    """The result of a command: its exit code and its output."""

    code: int
    out: str
    err: str


@pytest.fixture
def ganforge(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Call a command; `COLUMNS` is wide, so that no message is wrapped."""
    monkeypatch.setenv("COLUMNS", "300")

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["ganforge", *map(str, arguments)])
        monkeypatch.setenv(WITHOUT, "")  # what `--no-plugin` sets ends with its process
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Result(int(ended.value.code or 0), out, err)

    return call
