"""`ganforge transfer`: a user's images through a run, block by block, each into a file of its own."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ganforge.cli.options import Given, Run, given_values, named_run, with_place
from ganforge.folders import PlaceOptions

if TYPE_CHECKING:
    from ganforge.cli.best_of import Choice
    from ganforge.data.images import Array
    from ganforge.errors import DataError
    from ganforge.measuring.trained import Trained

SHEET = "contact-sheet.png"
MOST_ON_SHEET = 64
"""Number of pairs on the contact sheet, the first ones."""


@with_place("runs", "device")
def transfer(
    run: Run,
    images: Annotated[Path, typer.Argument(help="An image file, or a folder of images.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write to.")] = Path("transferred"),
    given: Given = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the inputs that are drawn.")] = 0,
    on_bad: Annotated[
        Literal["error", "skip"],
        typer.Option("--on-bad", help="End with an error if files cannot be read, after all others, or skip them."),
    ] = "error",
    best_of: Annotated[
        Literal["folder"] | None,
        typer.Option("--best-of", help="Transfer one image of each folder: that which the run's f finds kept best."),
    ] = None,
    *,
    place: PlaceOptions,
) -> None:
    """Transfer your own images.

    Each gives one PNG file of the target domain. Images come to the size that the networks read as in the run's
    training: `resize`, `fit` and the like of its data table. Of a folder, subfolders are read too, and mirrored; hidden
    files are not. The first images stand beside their results in contact-sheet.png.

    With --best-of folder, each folder holds images of one person, and gives one PNG file of its name: of the image x
    with the smallest distance of f(x) and f(G(x)), which is printed.
    """
    from ganforge.errors import DataError, UsageError

    directory = named_run(run, place)
    if not os.path.lexists(images):
        raise DataError(f"there is no {images}", fix="name an image file, or a folder of images")

    import numpy as np
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from ganforge.api import load
    from ganforge.cli.best_of import by_folder, choose
    from ganforge.cli.sample import save_image
    from ganforge.data.image_file import SUFFIXES
    from ganforge.data.image_walk import FoundImages, find_images
    from ganforge.report.pictures import pair_grid, save_picture

    trained = load(directory.path, device=place.get("device", "auto"))
    if not trained.makes_pictures:
        raise UsageError(f"the run {run!r} makes no pictures: its method is {trained.recipe.method.entry.name!r}")
    is_folder = images.is_dir()
    if best_of and not is_folder:
        raise UsageError(f"{images} is no folder to choose from", fix="give a folder with a folder for each person")
    found = find_images(images, without=out) if is_folder else FoundImages([images], {})
    paths = found.paths
    if not paths:
        others = f", but {found.others_shown}" if found.others else ""
        raise UsageError(f"there are no images in {images}{others}", fix=f"files ending in {', '.join(SUFFIXES)}")
    people = by_folder(paths, images) if best_of else []
    names = [name for name, _ in people] or [
        path.relative_to(images) if is_folder else Path(path.name) for path in paths
    ]
    targets = _targets(names, out)
    if out.resolve() == images.resolve() or {path.resolve() for path in paths} & {one.resolve() for one in targets}:
        what = "the images themselves would be overwritten, or their results taken for images the next time"
        raise UsageError(what, fix="give another folder with -o")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file", fix="give a folder with -o")
    bad: list[DataError] = []
    pairs: list[tuple[Array, Array]] = []
    choices: list[tuple[Choice, Path]] = []
    written = 0
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        if people:
            choosing = bar.add_task("", total=len(people))
            for (name, of_one), target in zip(people, targets, strict=True):
                if choice := choose(trained, name, of_one, given_values(given), seed, bad):
                    choices.append((choice, target))
                bar.advance(choosing)
            paths, targets = [choice.path for choice, _ in choices], [target for _, target in choices]
        task = bar.add_task("", total=len(paths))
        for number, pair in _transferred(trained, paths, given_values(given), seed, bad):
            save_image(pair[1], targets[number])
            pairs += [pair] if len(pairs) < MOST_ON_SHEET else []
            written += 1
            bar.update(task, completed=number + 1)
    if bad and not is_folder:
        raise bad[0]
    if is_folder and pairs:
        before, after = (np.stack(side) for side in zip(*pairs, strict=True))
        save_picture(pair_grid(before, after), out / SHEET)
    skipped = [part for part in (found.others_shown, f"{len(bad):,} unreadable" if bad else "") if part]
    total = f", {sum(found.others.values()) + len(bad):,} skipped ({', '.join(skipped)})" if skipped else ""
    for choice, _ in choices:
        print(choice)
    print(f"{written:,} written to {out}{total}")
    if not bad:
        return
    listed = "\n".join(f"  {error.message}" for error in bad)
    if on_bad == "error" or not pairs:
        fix = "repair or remove them" + (", or leave them out with --on-bad skip" if pairs else "")
        raise DataError(f"{len(bad):,} of {len(found.paths):,} images cannot be used:\n{listed}", fix=fix)
    print(f"left out {len(bad):,} of {len(found.paths):,} images:\n{listed}", file=sys.stderr)


def _targets(names: Sequence[Path], out: Path) -> list[Path]:
    """Return the file of each result: that of its image as PNG, with both suffixes where several have one name.

    Names that differ by case alone count as one, as many file systems have it.

    Raises:
        UsageError: some still have one name.
    """
    from ganforge.errors import UsageError

    def folded(name: Path) -> str:
        return name.as_posix().casefold()

    plain = [name.with_suffix(".png") for name in names]
    taken = Counter([folded(name) for name in plain] + [SHEET])
    final = [
        name.with_name(f"{name.name}.png") if taken[folded(short)] > 1 else short
        for name, short in zip(names, plain, strict=True)
    ]
    counts = Counter(map(folded, final))
    if clashes := [str(name) for name in final if counts[folded(name)] > 1]:
        both = " and ".join(str(name) for name, one in zip(names, final, strict=True) if str(one) == clashes[0])
        raise UsageError(f"{both} would be written to one file, {clashes[0]}", fix="rename one of them")
    return [out / name for name in final]


def _transferred(
    trained: Trained, paths: Sequence[Path], given: Mapping[str, Any], seed: int, bad: list[DataError]
) -> Iterator[tuple[int, tuple[Array, Array]]]:
    """Yield the number of each file that can be read, and its image as the networks read it and their picture.

    One block is in memory at a time. Inputs that are drawn depend on the number of a file alone; errors go to `bad`.
    """
    import numpy as np

    from ganforge.data.source import even_blocks
    from ganforge.errors import DataError

    rows = trained.other_inputs(len(paths), given, seed)
    for block in even_blocks(len(paths), trained.recipe.evaluate.batch_size):
        read: dict[int, Array] = {}
        for number in range(block.start, block.stop):
            try:
                read[number] = trained.prepared(paths[number])[0]
            except DataError as error:
                bad.append(error)
        if read:
            made = trained(list(read.values()), {name: row[list(read)] for name, row in rows.items()})
            for number, picture in zip(read, made, strict=True):
                pixels = read[number]
                yield number, (pixels if pixels.dtype == np.uint8 else (pixels // 257).astype(np.uint8), picture)
