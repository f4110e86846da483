"""The register of evil inputs, and what several kinds are made of."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

SECRET = "root:x:0:0:the secret of this machine"


class Attack(NamedTuple):
    """An evil input, its command, words of its message, and a command on an honest input of the same kind."""

    build: Callable[[Path], None]
    evil: str
    says: str
    honest: str
    is_left_out: bool


ATTACKS: dict[str, Attack] = {}


def attack(name: str, evil: str, says: str, honest: str = "", is_left_out: bool = False) -> Any:
    """Register the function below, which prepares the input."""

    def register(build: Callable[[Path], None]) -> Callable[[Path], None]:
        assert name not in ATTACKS
        ATTACKS[name] = Attack(build, evil, says, honest or HONEST[evil.split()[0]], is_left_out)
        return build

    return register


HONEST = {
    "check": "check encoder.toml",
    "run": "run encoder.toml --out warm",
    "report": "report transfer -o warm.html",
    "evaluate": "evaluate transfer",
    "transfer": "transfer transfer photos -o warm",
    "resume": "resume transfer --steps 9",
    "compare": "compare transfer encoder",
    "study": "check study.toml",
    "download": "download digits/synthetic-street",
}


def idx(*shape: int) -> bytes:
    return bytes((0, 0, 8, len(shape))) + struct.pack(f">{len(shape)}I", *shape)


def sparse(path: Path, size: int, begin: bytes = b"") -> None:
    """Write a file that is as long as it says and takes no room."""
    with path.open("wb") as file:
        file.write(begin)
        file.truncate(size)


def received(folder: Path) -> Path:
    """Provide a run that somebody sent, `runs/evil`."""
    return Path(shutil.copytree(folder / "runs" / "transfer", folder / "runs" / "evil"))


class Trap:
    """An object that writes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo caught > caught",)
