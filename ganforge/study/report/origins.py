"""Where the numbers of a study come from: machines, versions, data and the runs that its rows build on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ganforge.report.facts import Child, Origin, table
from ganforge.study.report.material import Material


def environment(material: Material) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the bits depend on, which code ran, and where; with the number of runs where these are not all alike."""
    runs = [facts for facts in material.runs.values() if facts.told("environment")]
    told = [(facts, facts.told("environment")) for facts in runs]
    groups: dict[str, list[Mapping[str, Any]]] = {
        "Fingerprint": [facts.told("fingerprint") for facts in runs],
        "Packages": [table(each.get("packages")) for _, each in told],
        "Plugins": [facts.told("plugins") for facts in runs],
        "Machine": [{key: value for key, value in each.items() if key != "packages" and value} for _, each in told],
    }
    return [(title, found) for title, tables in groups.items() if (found := _alike(tables))]


def data(material: Material) -> list[Origin]:
    """The images of all runs, each once."""
    found = {(one.name, one.digest): one for facts in material.runs.values() for one in facts.data}
    return list(found.values())


def children(material: Material) -> list[Child]:
    """The runs that rows build on, each once, with all keys that name it."""
    found: dict[str, list[Child]] = {}
    for child in (child for facts in material.runs.values() for child in facts.children):
        found.setdefault(child.name, []).append(child)
    return [Child(", ".join({child.key: None for child in same}), name, same[0].facts) for name, same in found.items()]


def _alike(tables: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Each term with its value in all tables, or with every value and how many have it."""
    tables = list(tables)
    found = []
    for key in dict.fromkeys(key for each in tables for key in each):
        values = [str(each[key]) for each in tables if key in each]
        counts = {value: values.count(value) for value in values}
        same = len(counts) == 1 and len(values) == len(tables)
        text = (
            values[0]
            if same
            else ", ".join(f"{value} ({count} run{'s' * (count > 1)})" for value, count in counts.items())
        )
        found.append((str(key), text))
    return found
