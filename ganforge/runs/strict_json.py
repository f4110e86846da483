"""JSON that round-trips exactly: finite floats to the bit, non-finite ones by name.

Python writes a finite float with as many digits as it takes to read the same bits back. JSON has no NaN or infinities,
so they are written as `{"$float": "nan"}`, `{"$float": "inf"}` and `{"$float": "-inf"}`; the sign and payload of a NaN
are lost. A tuple is written as an array and comes back as a list.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from ganforge.errors import RunError

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

_TAG = "$float"


def dumps(value: JSON, *, indent: int | None = None) -> str:
    """Serialize `value` as ASCII text, keys in the order given, on one line unless `indent` is given.

    Raises:
        RunError: something in `value` is not JSON, or is a mapping with the reserved key `$float`; says where.
    """
    try:
        return json.dumps(_encoded(value, "$"), allow_nan=False, indent=indent)
    except RecursionError:
        raise RunError("this cannot be written as JSON: it is nested too deeply, or holds itself") from None
    except ValueError as error:  # An integer of thousands of digits.
        raise RunError(f"this cannot be written as JSON: {error}") from None


def loads(text: bytes) -> Any:
    """Read text written by `dumps`.

    Raises:
        ValueError: `text` is not UTF-8, not JSON, or not in this form.
    """
    try:
        return json.loads(text.decode("utf-8"), object_hook=_decoded, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _encoded(value: object, place: str) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return {_TAG: str(float(value))}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_encoded(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str) or key == _TAG:
                raise RunError(f"{place} has the key {key!r}: keys must be strings other than {_TAG!r}")
        return {key: _encoded(item, f"{place}.{key}") for key, item in value.items()}
    raise RunError(
        f"{place} is a {type(value).__name__}, which cannot be written as JSON",
        fix="keep numbers, strings, lists and mappings in state, and arrays among the tensors",
    )


def _decoded(pairs: dict[str, Any]) -> Any:
    if _TAG not in pairs:
        return pairs
    if len(pairs) == 1 and pairs[_TAG] in ("nan", "inf", "-inf"):
        return float(pairs[_TAG])
    raise ValueError(f"{pairs!r:.80} is not a number")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
