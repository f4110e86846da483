"""`ganforge sample` and `ganforge transfer`: images that a run makes, of noise or of the user's images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganforge.cli.options import Given, Run, given_values, with_place
from ganforge.folders import PlaceOptions

if TYPE_CHECKING:
    from ganforge.data.images import Array

Out = Annotated[Path, typer.Option("--out", "-o", help="The folder to write to.")]


@with_place("runs", "device")
def sample(
    run: Run,
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="How many images.")] = 64,
    out: Out = Path("samples"),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the noise.")] = 0,
    given: Given = None,
    *,
    place: PlaceOptions,
) -> None:
    """Make images of noise.

    They are written as PNG files, numbered, and all together as grid.png. Where a class is an input and not given,
    there are as many images of each, in order, and one class a row of the grid.
    """
    import numpy as np

    from ganforge.api import load
    from ganforge.report.pictures import COLUMNS, picture_grid, save_picture

    trained = load(run, runs=place.get("runs"), device=place.get("device", "auto"))
    values, columns = given_values(given), 2 * COLUMNS
    for name, count in list(trained.counts.items())[:1]:
        if name not in values:
            columns = -(-number // count)
            values[name] = np.arange(number) // columns
    pictures = trained.sample(number, seed, values)
    _save({out / f"{index:05d}.png": picture for index, picture in enumerate(pictures)})
    save_picture(picture_grid(pictures, columns), out / "grid.png")
    print(f"{len(pictures)} images written to {out}")


@with_place("runs", "device")
def transfer(
    run: Run,
    images: Annotated[Path, typer.Argument(help="An image file, or a folder of images.")],
    out: Out = Path("transferred"),
    given: Given = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the inputs that are drawn.")] = 0,
    *,
    place: PlaceOptions,
) -> None:
    """Transfer your own images.

    Each gives one PNG file of the target domain. Images come to the size that the networks read as in the run's
    training: `resize`, `fit` and the like of its data table.
    """
    from ganforge.api import load
    from ganforge.data.image_file import SUFFIXES
    from ganforge.errors import UsageError

    trained = load(run, runs=place.get("runs"), device=place.get("device", "auto"))
    if not trained.makes_pictures:
        raise UsageError(f"the run {run!r} makes no pictures: its method is {trained.recipe.method.entry.name!r}")
    paths = sorted(p for p in images.iterdir() if p.suffix.lower() in SUFFIXES) if images.is_dir() else [images]
    if not paths:
        raise UsageError(f"there are no images in {images}", fix=f"files ending in {', '.join(SUFFIXES)}")
    targets = [out / f"{path.stem}.png" for path in paths]
    clashes = sorted({target.name for target in targets if targets.count(target) > 1})
    if clashes:
        raise UsageError(f"several images would be written to {', '.join(clashes)}", fix="rename them")
    if {path.resolve() for path in paths} & {target.resolve() for target in targets}:
        raise UsageError("the images themselves would be overwritten", fix="give another folder with -o")
    _save(dict(zip(targets, trained(paths, given_values(given), seed), strict=True)))
    print(f"{len(targets)} images written to {out}")


def _save(pictures: dict[Path, Array]) -> None:
    from PIL import Image

    for path, picture in pictures.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(path)
