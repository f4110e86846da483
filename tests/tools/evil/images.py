"""Evil image files and folders."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from evil.honest import PHOTOS
from evil.registry import Trap, attack
from small_run import CLASSIFIER, variant


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, bits: int = 1, *more: bytes) -> bytes:
    """Return a white PNG of grey pixels, with further chunks; of a huge one, the first rows alone."""
    rows = min(height, 20_000)
    pixels = zlib.compress((b"\0" + b"\xff" * min(-(-width * bits // 8), 10_000)) * rows, 1)
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return b"".join((b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *more, chunk(b"IDAT", pixels), chunk(b"IEND", b"")))


def jpeg(width: int, height: int) -> bytes:
    """Return a small JPEG with a header that claims another size."""
    content = io.BytesIO()
    Image.new("RGB", (16, 16), "white").save(content, "JPEG")
    data = content.getvalue()
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def saved(kind: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (16, 16), "white").save(content, kind)
    return content.getvalue()


FITS = b"".join(
    f"{key:8}{'= ' if value else ''}{value:>20}".encode().ljust(80)
    for key, value in {
        "SIMPLE": "T",
        "BITPIX": "8",
        "NAXIS": "2",
        "NAXIS1": "100000",
        "NAXIS2": "100000",
        "END": "",
    }.items()
).ljust(2880)

FILES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a JPEG of 643 bytes that claims 3,900 x 4,000 pixels": (lambda: jpeg(3900, 4000), "a.jpg", "claims"),
    "a PNG of 13,300 x 13,300 pixels": (lambda: png(13_300, 13_300), "a.png", "megapixels"),
    "a PNG of 2^31 x 2^31 pixels": (lambda: png(2**31 - 1, 2**31 - 1), "a.png", "a.png"),
    "a PNG with a text that unpacks to a gigabyte": (
        lambda: png(16, 16, 8, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 30), 1))),
        "a.png",
        "a.png",
    ),
    "a PNG with a profile that unpacks to a gigabyte": (
        lambda: png(16, 16, 8, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 30), 1))),
        "a.png",
        "a.png",
    ),
    "an EPS named .png": (lambda: saved("EPS"), "a.png", "a.png"),
    "a FITS named .png": (lambda: FITS, "a.png", "a.png"),
    "a TIFF named .jpg": (lambda: saved("TIFF"), "a.jpg", "a.jpg"),
    "a PDF named .jpg": (lambda: saved("PDF"), "a.jpg", "a.jpg"),
    "a picture that is a pickle": (lambda: pickle.dumps(Trap()), "a.png", "a.png"),
}
for title, (content, file, says) in FILES.items():
    for verb, command in (("training", "run photos.toml"), ("transfer", "transfer transfer photos -o out")):

        def _photo(folder: Path, content: Callable[[], bytes] = content, file: str = file) -> None:
            (folder / "photos" / "3" / file).write_bytes(content())

        attack(f"{title}, in {verb}", command, says)(_photo)


@attack("a pipe among images", "run photos.toml", "a pipe")
@attack("a pipe among images to transfer", "transfer transfer photos -o out", "a pipe")
def _(folder: Path) -> None:
    os.mkfifo(folder / "photos" / "3" / "a.png")


@attack("a device among images", "run photos.toml", "a device")
@attack("a device among images to transfer", "transfer transfer photos -o out", "a device")
def _(folder: Path) -> None:
    (folder / "photos" / "3" / "a.png").symlink_to("/dev/zero")


@attack("an evil image that is to be skipped", "run skip.toml", "left out 1 of 41", is_left_out=True)
def _(folder: Path) -> None:
    (folder / "skip.toml").write_text(variant(CLASSIFIER, PHOTOS | {"data.images.on_bad": "skip"}))
    (folder / "photos" / "3" / "a.png").write_bytes(png(13_300, 13_300))
