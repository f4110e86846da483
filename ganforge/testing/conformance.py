"""The kit as tests for pytest: one item for each component and check."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganforge.errors import UsageError
from ganforge.plugins.registry import Registry
from ganforge.testing.check import Check, Result, run_check
from ganforge.testing.subject import AnySubject, Subject, check_named, matching, subject_named, subjects_of

if TYPE_CHECKING:
    import pytest

Options = Mapping[str, Any]
Reasons = Mapping[str, str]
Data = Path | str | Callable[[Path], object]


def check_plugin(
    name: str,
    *,
    options: Mapping[str, Options] | None = None,
    expected_failures: Mapping[str, Reasons] | None = None,
    data: Data | None = None,
) -> Callable[..., None]:
    """Return a test of a plugin and all its components: `test_acme = check_plugin("acme")`.

    Args:
        name: the plugin.
        options: options by the component's name; `kind/name` where the name is not unique.
        expected_failures: by component likewise, the checks that are expected to fail, and why; one that passes is an
            error. The plugin as a whole is named `plugin`.
        data: the folder that datasets read, or a function that writes small files into an empty one; by default the
            folder named by the environment variable GANFORGE_DATA.

    Raises:
        UsageError: there is no such plugin, component or check.
        PluginError: the plugin cannot be loaded.
    """
    subjects = subjects_of(name, Registry())
    given = _by_subject(options or {}, subjects)
    reasons = _by_subject(expected_failures or {}, subjects)
    chosen = [_with_options(subject, given.get(subject, {})) for subject in subjects]
    return _test(chosen, [reasons.get(subject, {}) for subject in subjects], data)


def conformance(
    name: str,
    *,
    kind: str | None = None,
    options: Options | None = None,
    expected_failures: Reasons | None = None,
    data: Data | None = None,
) -> Callable[..., None]:
    """Return a test of one component: `test_huber = conformance("acme/huber", options={"delta": 0.5})`.

    Args:
        name: the component.
        kind: its kind, where its name is not unique.
        options: as in a recipe.
        expected_failures: the checks that are expected to fail, and why; one that passes is an error.
        data: as for `check_plugin`.

    Raises:
        UsageError: there is no such component or check.
        PluginError: its plugin cannot be loaded.
    """
    subject = subject_named(name, Registry(), kind)
    return _test([_with_options(subject, options or {})], [expected_failures or {}], data)


def _by_subject(values: Mapping[str, Any], subjects: Sequence[AnySubject]) -> dict[AnySubject, Any]:
    """Return values by subject, given values by a name that only one subject has."""
    found = {}
    for name, value in values.items():
        several = matching(name, subjects)
        if len(several) > 1:
            raise UsageError(
                f"{name!r} is the name of several components of the plugin",
                fix=f"write {' or '.join(repr(f'{subject.kind}/{name}') for subject in several)}",
            )
        found[several[0]] = value
    return found


def _with_options(subject: AnySubject, options: Options) -> AnySubject:
    return subject.with_options(**options) if isinstance(subject, Subject) else subject


def _test(subjects: Sequence[AnySubject], reasons: Sequence[Reasons], data: Data | None) -> Callable[..., None]:
    """Return the test function, with an item for each subject and check of its kind."""
    import pytest

    from ganforge.testing.checks import checks_of

    items = []
    for position, (subject, expected) in enumerate(zip(subjects, reasons, strict=True)):
        for name in expected:
            check_named(name, checks_of(subject.kind))
        for check in checks_of(subject.kind):
            items.append(pytest.param(position, check, id=f"{subject.kind}/{subject.name}-{check.name}"))
    placed: list[AnySubject] = []

    @pytest.mark.parametrize(("position", "check"), items)
    def test(position: int, check: Check, tmp_path_factory: pytest.TempPathFactory) -> None:
        if not placed:
            placed.extend(_placed(subjects, data, tmp_path_factory))
        _report(run_check(check, placed[position]), reasons[position].get(check.name))

    return test


def _placed(subjects: Sequence[AnySubject], data: Data | None, folders: pytest.TempPathFactory) -> Iterator[AnySubject]:
    """Yield the subjects with the folder that datasets read."""
    given = os.environ.get("GANFORGE_DATA") if data is None else data
    root: Path | None = None
    if callable(given):
        root = folders.mktemp("data")
        given(root)
    elif given:
        root = Path(given).absolute()
    for subject in subjects:
        yield replace(subject, data_root=root) if isinstance(subject, Subject) else subject


def _report(result: Result, reason: str | None) -> None:
    """Report a result to pytest, given the reason why the check is expected to fail, if it is."""
    import pytest

    if result.outcome == "skipped":
        pytest.skip(result.what)
    if result.outcome == "passed" and reason is not None:
        pytest.fail(f"{result.name} passes {result.check.name!r}: remove it from expected_failures", pytrace=False)
    if result.outcome == "failed":
        if reason is not None:
            pytest.xfail(f"{reason}: {result.what}")
        pytest.fail(f"{result}\n  why   {result.check.why}\n  fix   {result.fix}", pytrace=False)
