"""`ganforge sample`: images that a run makes of noise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli.options import Device, Given, Runs, given_values


def sample(
    run: Annotated[str, typer.Argument(help="A run directory, or the name of a run.")],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="How many images.")] = 64,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write to.")] = Path("samples"),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the noise.")] = 0,
    given: Given = None,
    runs: Runs = None,
    device: Device = "auto",
) -> None:
    """Make images of noise.

    They are written as PNG files, numbered, and all together as grid.png. Where a class is an input and not given,
    there are as many images of each, in order, and one class a row of the grid.
    """
    import numpy as np
    from PIL import Image

    from ganforge.engine.place import choose_device
    from ganforge.measuring.trained import Trained
    from ganforge.plugins.registry import Registry
    from ganforge.report.pictures import COLUMNS, picture_grid, save_picture
    from ganforge.runs.directory import find

    trained = Trained(find(run, runs or Path("runs")), Registry(), choose_device(device))
    values, columns = given_values(given), 2 * COLUMNS
    for name, count in list(trained.counts.items())[:1]:
        if name not in values:
            columns = -(-number // count)
            values[name] = np.arange(number) // columns
    pictures = trained.sample(number, seed, values)
    out.mkdir(parents=True, exist_ok=True)
    for index, picture in enumerate(pictures):
        Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(out / f"{index:05d}.png")
    save_picture(picture_grid(pictures, columns), out / "grid.png")
    print(f"{len(pictures)} images written to {out}")
