"""The kit as tests for pytest: one item for each component and check."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganforge.errors import UsageError
from ganforge.plugins.registry import Registry
from ganforge.testing.subject import AnySubject, Subject, matching, subject_named, subjects_of

if TYPE_CHECKING:
    import pytest

    from ganforge.testing.check import Check, Result

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
    """Return a test of a plugin and all its components, to be assigned to a name that pytest collects.

        test_acme = check_plugin("acme")

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
    given, reasons = (_by_subject(values or {}, subjects) for values in (options, expected_failures))
    return _pytest_function(subjects, given, reasons, data)


def conformance(
    name: str,
    *,
    kind: str | None = None,
    options: Options | None = None,
    expected_failures: Reasons | None = None,
    data: Data | None = None,
) -> Callable[..., None]:
    """Return a test of one component, to be assigned to a name that pytest collects.

        test_huber = conformance("acme/huber", options={"delta": 0.5})

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
    subject: AnySubject = subject_named(name, Registry(), kind)
    return _pytest_function([subject], {subject: options or {}}, {subject: expected_failures or {}}, data)


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


def _pytest_function(
    subjects: Sequence[AnySubject],
    options: Mapping[AnySubject, Options],
    reasons: Mapping[AnySubject, Reasons],
    data: Data | None,
) -> Callable[..., None]:
    """Return the test function, with an item for each subject and check of its kind."""
    import pytest

    from ganforge.testing.check import check_named, run_check
    from ganforge.testing.checks import checks_of

    items = []
    for subject in subjects:
        checks = checks_of(subject.kind)
        for name in reasons.get(subject, {}):
            check_named(name, checks)
        items += [pytest.param(subject, one, id=f"{subject.kind}/{subject.name}-{one.name}") for one in checks]
    prepared: dict[AnySubject, AnySubject] = {}

    @pytest.mark.parametrize(("subject", "check"), items)
    def test(subject: AnySubject, check: Check, tmp_path_factory: pytest.TempPathFactory) -> None:
        if not prepared:
            root = _data_root(data, tmp_path_factory)
            for one in subjects:
                prepared[one] = one
                if isinstance(one, Subject):
                    prepared[one] = replace(one, data_root=root, options=options.get(one, {}))
        _report(run_check(check, prepared[subject]), reasons.get(subject, {}).get(check.name))

    return test


def _data_root(data: Data | None, folders: pytest.TempPathFactory) -> Path | None:
    """Return the folder that datasets read, written now if `data` is a function."""
    given = os.environ.get("GANFORGE_DATA") if data is None else data
    if callable(given):
        root = folders.mktemp("data")
        given(root)
        return root
    return Path(given).absolute() if given else None


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
