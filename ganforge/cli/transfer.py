"""`ganforge transfer`: a run's result applied to one's own images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli.options import Device, Given, Run, Runs, given_values


def transfer(
    run: Run,
    images: Annotated[Path, typer.Argument(help="An image file, or a folder of images.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write to.")] = Path("transferred"),
    given: Given = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of inputs that are drawn.")] = 0,
    runs: Runs = None,
    device: Device = "auto",
) -> None:
    """Transfer your own images.

    Each gives one PNG file of the target domain. Images are cut to their largest centred part of the shape that the
    networks read, mostly a square.
    """
    import numpy as np
    from PIL import Image

    from ganforge.data.image_file import SUFFIXES, read_image
    from ganforge.engine.place import choose_device
    from ganforge.errors import UsageError
    from ganforge.measuring.trained import Trained
    from ganforge.plugins.registry import Registry
    from ganforge.runs.directory import find

    trained = Trained(find(run, runs or Path("runs")), Registry(), choose_device(device))
    if not trained.makes_pictures:
        raise UsageError(f"the run {run!r} makes no pictures: its method is {trained.recipe.method.entry.name!r}")
    size = trained.image_size
    paths = sorted(p for p in images.iterdir() if p.suffix.lower() in SUFFIXES) if images.is_dir() else [images]
    if not paths:
        raise UsageError(f"there are no images in {images}", fix=f"files ending in {', '.join(SUFFIXES)}")
    targets = [out / f"{path.stem}.png" for path in paths]
    clashes = sorted({target.name for target in targets if targets.count(target) > 1})
    if clashes:
        raise UsageError(f"several images would be written to {', '.join(clashes)}", fix="rename them")
    if any(path.resolve() in {target.resolve() for target in targets} for path in paths):
        raise UsageError("the images themselves would be overwritten", fix="give another folder with -o")
    pictures = np.stack([read_image(path, mode="RGB", size=size) for path in paths])
    outputs = trained(pictures, given_values(given), seed)
    out.mkdir(parents=True, exist_ok=True)
    for target, picture in zip(targets, outputs, strict=True):
        Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(target)
    print(f"{len(outputs)} images written to {out}")
