"""Test images beside the outputs for them, with the classes that networks read in the outputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ganforge.report.pictures import picture_uri
from ganforge.report.readings import Readings


@dataclass(frozen=True)
class Example:
    """A test image and the network's output for it.

    Attributes:
        index: its index in the image set.
        label: the name of its class, or None.
        source: the image as a data URI.
        result: the output as a data URI.
        said: for each reader, judges first: its name, True for a network of the run itself, and the classes that it
            reads (one for each of its scores), each with True if it is the label.
        votes: the judges that count, each with the class that it reads.
        misread: the number of these that read another class than the label.
        extra: True if it is not part of the sample, but shown because judges misread it.
    """

    index: int
    label: str | None
    source: str
    result: str
    said: list[tuple[str, bool, list[tuple[str, bool]]]]
    votes: list[tuple[str, str]]
    misread: int
    extra: bool

    @property
    def wrong(self) -> bool:
        """True if at least half of the judges that count misread it."""
        return 0 < len(self.votes) <= 2 * self.misread

    @property
    def read(self) -> str | None:
        """The class that most judges read, among those that misread it if it is wrong; None without judges."""
        classes = [read for _, read in self.votes if not self.wrong or read != self.label]
        return max(classes, key=classes.count) if classes else None


def examples(readings: Readings, places: Iterable[int] | None = None, largest: int | None = None) -> list[Example]:
    """Return the images of a set that are kept with their outputs; none if the method makes no pictures.

    Args:
        readings: the classes read in the image set.
        places: indices into the kept images; by default all.
        largest: pixels of a picture's longer side above which it is shrunk.
    """
    pairs, misread = readings.pairs, readings.misread()
    if pairs is None:
        return []
    readers = sorted(readings.readers, key=lambda reader: not reader.judge)
    found = []
    for place in range(len(pairs.indices)) if places is None else places:
        index = int(pairs.indices[place])
        label = None if readings.labels is None else readings.class_name(int(readings.labels[index]))
        said: dict[tuple[str, bool], list[tuple[str, bool]]] = {}
        for reader in readers:
            read = readings.class_name(int(reader.classes[index]))
            said.setdefault((reader.name, not reader.judge), []).append((read, label is None or read == label))
        found.append(
            Example(
                index,
                label,
                picture_uri(pairs.inputs[place], largest),
                picture_uri(pairs.outputs[place], largest),
                [(name, own, classes) for (name, own), classes in said.items()],
                [(judge.name, readings.class_name(int(judge.classes[index]))) for judge in readings.judges],
                int(misread[index]),
                place >= pairs.sample,
            )
        )
    return found
