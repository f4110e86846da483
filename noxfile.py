"""Tasks: `uv run nox` checks, tests and builds the documentation; `uv run nox -s NAME` does one of these.

    check     lints, formats, spelling, types
    test      the test suite, warnings being errors; `-- ARGUMENTS` go to pytest
    docs      the site of the documentation, warnings being errors
    coverage  the test suite, with the lines that it reaches and the least share of them
    pythons   the test suite on every supported Python that this machine has
    bench     the benchmarks; `-- ARGUMENTS` go to the one of a training step

All but `pythons` run in the project's own environment, which `uv run` keeps up to date.
"""

from __future__ import annotations

import nox

nox.options.sessions = ["check", "test", "docs"]
nox.options.default_venv_backend = "none"

PYTHONS = ("3.11", "3.12", "3.13")
STRICT = {"PYTHONWARNINGS": "error"}  # reaches the processes that tests start as well


@nox.session
def check(session: nox.Session) -> None:
    """Lint, and check formats, spelling and types."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("codespell")
    session.run("mypy")


@nox.session
def test(session: nox.Session) -> None:
    """Run the test suite."""
    session.run("pytest", "-n", "auto", *session.posargs, env=STRICT)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site of the documentation."""
    session.run("uv", "run", "--group", "docs", "python", "docs/build.py")


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the test suite and count the lines that it reaches."""
    session.run("pytest", "-n", "auto", "--cov", "--cov-report=term:skip-covered", *session.posargs)


@nox.session(python=PYTHONS, venv_backend="uv")
def pythons(session: nox.Session) -> None:
    """Run the test suite on another Python; one that is not installed is skipped."""
    environment = {"UV_PROJECT_ENVIRONMENT": session.virtualenv.location}
    session.run_install("uv", "sync", "--quiet", env=environment, external=True)
    session.run("pytest", "-n", "auto", *session.posargs, env=STRICT)


@nox.session
def bench(session: nox.Session) -> None:
    """Time a training step beside the replication's own loop, and `ganforge list`."""
    session.run("python", "benchmarks/step.py", *session.posargs)
    session.run("python", "benchmarks/list.py")
