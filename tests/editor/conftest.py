"""The schema of what is installed, built once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft7Validator

from ganforge.editor.schema import schema
from ganforge.plugins.registry import Registry


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry()


@pytest.fixture(scope="session")
def built(registry: Registry) -> dict[str, Any]:
    """Return the schema, with no component left out."""
    found, problems = schema(registry)
    assert problems == []
    return found


@pytest.fixture(scope="session")
def complaints(built: dict[str, Any]) -> Callable[[dict[str, Any]], list[str]]:
    """Mistakes that the schema finds in a file, with their places."""
    validator = Draft7Validator(built)

    def found(data: dict[str, Any]) -> list[str]:
        errors = validator.iter_errors(data)
        return sorted(f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in errors)

    return found
