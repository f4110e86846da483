"""The choice of one image for each folder: that which the transfer keeps best, by the run's own encoder.

Taigman et al., 2016, equation 8: of several photographs of a person, the one with the smallest ||f(x) - f(G(x))||.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganforge.data.images import Array
    from ganforge.errors import DataError
    from ganforge.measuring.trained import Trained


@dataclass(frozen=True)
class Choice:
    """The chosen image of a folder.

    Attributes:
        name: the name of its result, relative to the folder of results.
        path: the image.
        distance: its distance ||f(x) - f(G(x))||.
        among: the number of images that it was chosen from.
    """

    name: Path
    path: Path
    distance: float
    among: int

    def __str__(self) -> str:
        from ganforge.printable import printable

        named = printable(self.name.with_suffix(""), None)
        return f"{named}: {printable(self.path.name, None)}, at a distance of {self.distance:.4g}, of {self.among:,}"


def by_folder(paths: Iterable[Path], root: Path) -> list[tuple[Path, list[Path]]]:
    """Return the images of each folder, with the name of the folder's result: `anna.png` for those in `root/anna`.

    The result of images that lie in `root` itself has the name of `root`, so two may have one name.
    """
    found: dict[Path, list[Path]] = {}
    for path in paths:
        found.setdefault(path.parent.relative_to(root), []).append(path)
    own = Path(root.resolve().name or "images")
    named = {folder: own if folder == Path() else folder for folder in found}
    return [(named[folder].with_name(f"{named[folder].name}.png"), images) for folder, images in found.items()]


def choose(
    trained: Trained, name: Path, paths: Sequence[Path], given: Mapping[str, Any], seed: int, bad: list[DataError]
) -> Choice | None:
    """Return the image of a folder with the smallest distance, the first of equal ones; None if none can be read.

    Errors of files that cannot be read go to `bad`.

    Raises:
        RunError: the run compares no images with their outputs.
    """
    from ganforge.errors import DataError

    read: dict[Path, Array] = {}
    for path in paths:
        try:
            read[path] = trained.prepared(path)[0]
        except DataError as error:
            bad.append(error)
    if not read:
        return None
    distances = trained.distances(list(read.values()), given, seed)
    best = int(distances.argmin())
    return Choice(name, list(read)[best], float(distances[best]), len(read))
