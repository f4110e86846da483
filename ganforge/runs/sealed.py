"""Small files that hold their own SHA-256, so that a change of any byte shows: JSON objects, and TOML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from ganforge.runs import strict_json
from ganforge.runs.strict_json import JSON

_FIELD = "sha256"
# In front, so that a file that is cut short still has it.
_COMMENT = re.compile(rb"# sha256 of what follows: ([0-9a-f]{64})\n")


def dumps(value: Mapping[str, JSON]) -> bytes:
    """Serialize an object as JSON with its digest.

    Raises:
        RunError: something in it is not JSON.
    """
    return (strict_json.dumps({**value, _FIELD: _digest(value)}, indent=1) + "\n").encode("ascii")


def loads(data: bytes) -> dict[str, Any]:
    """Read what `dumps` wrote; an object without a digest, as earlier versions wrote, is read as it is.

    Raises:
        ValueError: it is no such object, or was changed.
    """
    value = strict_json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    seal = value.pop(_FIELD, None)
    if seal is not None and seal != _digest(value):
        raise ValueError("it does not have the SHA-256 that it gives")
    return value


def toml(text: str) -> bytes:
    """Return TOML with its digest in a comment."""
    data = text.encode()
    return f"# sha256 of what follows: {hashlib.sha256(data).hexdigest()}\n".encode() + data


def read_toml(data: bytes) -> str:
    """Return the text of which `toml` made `data`; one without a digest is returned as it is.

    Raises:
        ValueError: it was changed.
    """
    sealed = _COMMENT.match(data)
    text = data[sealed.end() :] if sealed else data
    if sealed and hashlib.sha256(text).hexdigest().encode() != sealed[1]:
        raise ValueError("it does not have the SHA-256 that it gives")
    return text.decode()


def _digest(value: Mapping[str, JSON]) -> str:
    return hashlib.sha256(strict_json.dumps(value).encode("ascii")).hexdigest()
