"""The source of weights that a plugin may use but not ship: a published file, and a reader of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class WeightsSource:
    """A published file of weights, and its reader.

    Attributes:
        name: of the file, as it was published.
        sha256: its digest, 64 hexadecimal digits.
        terms: its origin and licence, one line; `ganforge download` prints it.
        read: reads the verified file: tensors by the names of the network's `state_dict`. It executes nothing of the
            file, and raises a GanforgeError for one that it cannot read.
        find: the file where another package has it on this machine; None if it has not.
        url: address to fetch it from otherwise; None if there is none.
        md5: the digest that the download is checked by; needed with `url`.
        fix: what a user without the file can do.
    """

    name: str
    sha256: str
    terms: str
    read: Callable[[Path], Mapping[str, Tensor]]
    find: Callable[[], Path | None] | None = None
    url: str | None = None
    md5: str | None = None
    fix: str = "give the file by --from FILE"
