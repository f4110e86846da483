"""The whole examination, part by part: a part that fails is a finding, and never keeps the others from being seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ganforge.doctor.finding import Examination, Finding, Section
from ganforge.doctor.machine import hardware, software, variables
from ganforge.doctor.places import places
from ganforge.doctor.plugin_checks import own_checks, plugins, registered
from ganforge.doctor.torch_stack import torch_stack
from ganforge.folders import cache_folder, data_folder, runs_folder


def examine(data: Path | None = None, runs: Path | None = None, cache: Path | None = None) -> Examination:
    """Look at everything that a run depends on.

    Args:
        data: the folder of data sets; else as `ganforge run` has it, and so are the others.
        runs: the folder of run directories.
        cache: the folder of decoded data.
    """
    registry, misnamed = registered()
    folders = data_folder(data), runs_folder(runs), cache_folder(cache)
    sections = (
        ("software", software),
        ("plugins", lambda: plugins(registry, misnamed)),
        ("checks by plugins", lambda: own_checks(registry)),
        ("torch", torch_stack),
        ("machine", hardware),
        ("folders", lambda: places(registry, *folders)),
        ("environment", variables),
    )
    found = (Section(title, _guarded(title, look)) for title, look in sections)
    return Examination(tuple(section for section in found if section.findings))


def _guarded(title: str, look: Callable[[], Iterator[Finding]]) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    try:
        findings.extend(look())
    except Exception as error:
        text = f"this part of the examination failed: {type(error).__name__}: {error}"
        findings.append(Finding(title, "error", " ".join(text.split()), "please report this"))
    return tuple(findings)
