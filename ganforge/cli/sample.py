"""`ganforge sample`: images that a run makes of noise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganforge.cli.options import Given, Run, given_values, named_run, with_place
from ganforge.folders import PlaceOptions

if TYPE_CHECKING:
    from ganforge.data.images import Array


@with_place("runs", "device")
def sample(
    run: Run,
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="How many images.")] = 64,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write to.")] = Path("samples"),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the noise.")] = 0,
    given: Given = None,
    *,
    place: PlaceOptions,
) -> None:
    """Make images of noise.

    They are written as PNG files, numbered, and all together as grid.png. Where a class is an input and not given,
    there are as many images of each, in order, and one class a row of the grid.
    """
    directory = named_run(run, place)

    import numpy as np

    from ganforge.api import load
    from ganforge.report.pictures import COLUMNS, picture_grid, save_picture

    trained = load(directory.path, device=place.get("device", "auto"))
    values, columns = given_values(given), 2 * COLUMNS
    for name, count in list(trained.counts.items())[:1]:
        if name not in values:
            columns = -(-number // count)
            values[name] = np.arange(number) // columns
    pictures = trained.sample(number, seed, values)
    for index, picture in enumerate(pictures):
        save_image(picture, out / f"{index:05d}.png")
    save_picture(picture_grid(pictures, columns), out / "grid.png")
    print(f"{len(pictures)} images written to {out}")


def save_image(picture: Array, path: Path) -> None:
    """Write a uint8 picture [H, W, 1 or 3] as PNG; a killed command leaves no half of one under this name."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(unfinished, "PNG")
    unfinished.replace(path)
