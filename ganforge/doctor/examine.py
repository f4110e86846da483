"""The whole examination, and its redaction for readers other than the user."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Unpack

from ganforge.doctor import Finding
from ganforge.doctor.machine import environment, folders, hardware, software
from ganforge.doctor.plugin_checks import own_checks, plugins, registered
from ganforge.doctor.torch_stack import torch_stack
from ganforge.folders import PlaceOptions, cache_folder, data_folder, runs_folder


def examine(**place: Unpack[PlaceOptions]) -> dict[str, list[Finding]]:
    """Examine everything that a run depends on, and return the findings by section.

    Args:
        place: `data`, `runs` and `cache`; see `PlaceOptions`.
    """
    registry, unknown = registered()
    paths = data_folder(place.get("data")), runs_folder(place.get("runs")), cache_folder(place.get("cache"))
    sections: dict[str, Callable[[], Iterator[Finding]]] = {
        "software": software,
        "plugins": lambda: plugins(registry, unknown),
        "checks by plugins": lambda: own_checks(registry),
        "torch": torch_stack,
        "machine": hardware,
        "folders": lambda: folders(registry, *paths),
        "environment": environment,
    }
    found: dict[str, list[Finding]] = {title: [] for title in sections}
    for title, look in sections.items():
        try:
            found[title].extend(look())
        except Exception as error:  # it is one more finding, and the other sections follow
            text = f"this part of the examination failed: {type(error).__name__}: {error}"
            found[title].append(Finding(title, "error", " ".join(text.split()), "please report this"))
    return {title: findings for title, findings in found.items() if findings}


def this_user() -> tuple[str, str]:
    """Return the home folder and name of the user who runs this process; both are empty if unknown."""
    try:
        return str(Path.home()), getpass.getuser()
    except (OSError, KeyError, RuntimeError):
        return "", ""


def redact(value: Any, home: str, user: str) -> Any:
    """Write the home folder as `~`, and the user's name in other paths as `USER`, in a text or in JSON values."""
    if isinstance(value, dict):
        return {name: redact(part, home, user) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [redact(part, home, user) for part in value]
    if isinstance(value, str):
        if len(home) > 1:
            value = re.sub(rf"{re.escape(home.rstrip('/'))}(?=[/\\]|\b|$)", "~", value)
        if user not in ("", "root"):
            value = re.sub(rf"(?<=[/\\]){re.escape(user)}(?=[/\\\s:;,']|$)", "USER", value)
    return value
