"""Declared meaning of numbers: the unit of a metric, monitor or loss, and which direction is better.

Components declare it, and a run's record keeps it for reports, tables and panels, so that a report needs no plugin. An
undeclared number is a plain one without a direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from ganforge.judge import CIRCULAR

Unit = Literal["share", "distance", "loss", "count", "image", "ratio"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Meaning:
    """The meaning of a number.

    Attributes:
        unit: `share` of images, in [0, 1]; `distance`, from 0; `loss`; `count`; `image`, a value in the range of
            images; `ratio`, to a reference; None if undeclared.
        better: the direction of better values, or None.
    """

    unit: Unit | None = None
    better: Better | None = None

    @property
    def is_share(self) -> bool:
        """True for a share of images, which is shown in percent."""
        return self.unit == "share"

    @property
    def extreme(self) -> str:
        """Word for its best value: `lowest` or `highest`; `highest` without a direction."""
        return "lowest" if self.better == "lower" else "highest"

    def improves(self, value: float, on: float) -> bool:
        """Return True if a value is better than another one; raise ValueError without a direction."""
        if self.better is None:
            raise ValueError("a number without a direction is neither better nor worse")
        return value > on if self.better == "higher" else value < on

    def show(self, value: float, decimals: int = 2) -> str:
        """Format a value: a share in percent with so many decimals, any other with four significant digits."""
        return f"{value:.{decimals}%}" if self.is_share else f"{value:.4g}"


class Meanings(Mapping[str, Meaning]):
    """Meanings by name, such as `class-shares/class-*`; a part `frechet-distance/judge` has its metric's."""

    def __init__(self, declared: Mapping[str, Meaning] | None = None) -> None:
        self._declared = dict(declared or {})

    def __getitem__(self, name: str) -> Meaning:
        """Return the meaning of the longest declared prefix of a name, or that of a plain number."""
        parts = name.removesuffix(CIRCULAR).split("/")
        for length in range(len(parts), 0, -1):
            prefix = "/".join(parts[:length])
            for pattern, meaning in self._declared.items():
                if fnmatchcase(prefix, pattern):
                    return meaning
        return Meaning()

    def __iter__(self) -> Any:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def as_data(self) -> dict[str, dict[str, str]]:
        """Return them as JSON values, for the record of a run."""
        declared = {name: asdict(meaning) for name, meaning in self._declared.items()}
        return {name: {key: value for key, value in meaning.items() if value} for name, meaning in declared.items()}

    @classmethod
    def from_data(cls, data: Any) -> Meanings:
        """Read the result of `as_data`, without values of another form, as in the record of an older run."""
        tables = data.items() if isinstance(data, Mapping) else ()
        known = {"unit": (*get_args(Unit), None), "better": (*get_args(Better), None)}
        return cls(
            {
                str(name): Meaning(**{key: fields.get(key) for key in known if fields.get(key) in known[key]})
                for name, fields in tables
                if isinstance(fields, Mapping)
            }
        )


def declared(
    unit: Unit | Mapping[str, Unit] | None, better: Better | Mapping[str, Better] | None
) -> dict[str, Meaning]:
    """Return the meanings that a component declares, by part; `""` is the whole and every part that is not named.

    Args:
        unit: the unit of all parts, or by part; names of parts may hold wildcards.
        better: the direction, likewise; parts that are left out have none.

    Raises:
        ValueError: there is no such unit or direction, or a part has a direction and no unit.
    """
    units: Mapping[str, Unit | None] = unit if isinstance(unit, Mapping) else {"": unit}
    directions: Mapping[str, Better | None] = better if isinstance(better, Mapping) else dict.fromkeys(units, better)
    if isinstance(unit, Mapping) and (unknown := sorted(directions.keys() - units.keys())):
        raise ValueError(f"no unit is declared for {', '.join(unknown)}")
    # A part with only a direction has the unit of the whole.
    found = {part: Meaning(units.get(part, units.get("")), directions.get(part)) for part in {**directions, **units}}
    for known, given in (
        (Unit, [one.unit for one in found.values()]),
        (Better, [one.better for one in found.values()]),
    ):
        if wrong := sorted(map(str, {*given} - {None, *get_args(known)})):
            raise ValueError(f"{wrong[0]!r} is none of {', '.join(get_args(known))}")
    return found
