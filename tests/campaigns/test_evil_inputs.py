"""Evil inputs, each through the verb that a user would type: a message, soon, with little memory and no traceback.

Recipes, data, weights, runs and servers of somebody who means harm. Where the evil part is left out instead, the
command succeeds with a notice.
"""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import os
import pickle
import shutil
import struct
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import safetensors.numpy
import scipy.io
from PIL import Image

import attacked
import ganforge
from attacked import Outcome
from small_run import CLASSIFIER, GAN, TRANSFER, variant, write_images

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks of memory are measured on Linux"),
]

LIMIT = 64  # MiB
PATIENCE = 90  # seconds; the slowest, the server of a byte at a time, is given up after 30
SECRET = "root:x:0:0:the secret of this machine"
LONGEST = 8_000  # characters of output


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
    "study": "study study.toml",
    "download": "download digits/synthetic-street",
}

STUDY = """
[study]
name = "widths"
base = "encoder.toml"
metric = "accuracy"
seeds = [0]
sets = ["validation"]
[variants.narrow]
set = { "networks.classifier.width" = 2 }
"""
PHOTOS = {
    "data.images": {"use": "basics/image-folder", "path": "photos", "classes_from": "folders", "validation": 10},
}
DIGITS = {"data.images": {"use": "digits/mnist", "resize": 32, "validation": 5}}
HOUSES = {"data.images": {"use": "digits/svhn", "validation": 5}}


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a folder with recipes, data and finished runs that mean no harm."""
    root = tmp_path_factory.mktemp("honest")
    for name, count, channels in (("street", 60, 3), ("writing", 50, 1), ("test", 30, 3)):
        write_images(root, name, count, channels, seed=count)
    recipes = {
        "encoder": (CLASSIFIER, {}),
        "judge": (CLASSIFIER, {"recipe.name": "judge", "data.images.path": "writing.npz"}),
        "transfer": (TRANSFER, {}),
        "gan": (GAN, {}),
        "photos": (CLASSIFIER, PHOTOS),
        "digits": (CLASSIFIER, DIGITS),
        "houses": (CLASSIFIER, HOUSES),
        "weights": (CLASSIFIER, {"networks.classifier.weights": {"file": "weights.safetensors"}}),
    }
    for name, (base, changes) in recipes.items():
        (root / f"{name}.toml").write_text(variant(base, changes))
    (root / "study.toml").write_text(STUDY)
    draw = np.random.default_rng(0)
    for number in range(40):
        folder = root / "photos" / str(number % 4)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 256, (16, 16, 3), np.uint8)).save(folder / f"{number}.png")
    raw = root / "mnist" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    pixels, labels = draw.integers(0, 256, (40, 28, 28), np.uint8), np.arange(40, dtype=np.uint8) % 10
    (raw / "train-images-idx3-ubyte").write_bytes(idx(*pixels.shape) + pixels.tobytes())
    (raw / "train-labels-idx1-ubyte").write_bytes(idx(*labels.shape) + labels.tobytes())
    (root / "svhn").mkdir()
    houses = draw.integers(0, 256, (32, 32, 3, 40), np.uint8)
    scipy.io.savemat(root / "svhn" / "train_32x32.mat", {"X": houses, "y": labels[:, None] + 1})
    for name in ("encoder", "transfer"):
        ganforge.run(root / f"{name}.toml", data=root, runs=root / "runs", cache=root / "cache")
    shutil.copy(root / "runs" / "encoder" / "weights" / "classifier.safetensors", root / "weights.safetensors")
    return root


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


# Recipes


def recipe(base: str, key: str, value: Any) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        (folder / "evil.toml").write_text(variant(base, {key: value}))

    return build


for key, base, value, verb, says in (
    ("train.batch_size", CLASSIFIER, 9 * 10**18, "run", "batch_size"),
    ("data.images.resize", CLASSIFIER, 10**9, "run", "resize"),
    ("evaluate.samples", GAN, 9 * 10**18, "check", "samples"),
    ("networks.classifier.width", CLASSIFIER, 10**9, "run", "allocate memory"),
    ("method.latent_dim", GAN, 10**15, "run", "allocate memory"),
    ("train.steps", CLASSIFIER, 10**4000, "check", "more than 64 bits"),
):
    attack(f"a recipe with a huge {key}", f"{verb} evil.toml", says)(recipe(base, key, value))


@attack("a recipe with synthetic images by the trillion", "run evil.toml", "count", "run gan.toml")
def _(folder: Path) -> None:
    data = {"use": "digits/synthetic-street", "count": 10**12}
    (folder / "evil.toml").write_text(variant(CLASSIFIER, {"data.images": data}))


TEXTS = {
    "an array of 40,000 lines": "x = [\n" + "  'abc', # [\n" * 40_000 + "]\n",
    "40,000 tables": "".join(f"[a.b{number}]\n" for number in range(40_000)),
    "a key of 100,000 parts": f"{'a.' * 100_000}b = 1\n",
    "arrays 100,000 deep": "x = " + "[" * 100_000,
    "a number of a million digits": "[train]\nsteps = " + "9" * 10**6,
    "an endless string": "x = '''" + "a" * 10**6,
}
for title, text in TEXTS.items():
    attack(f"a recipe with {title}", "check evil.toml", "evil.toml")(
        lambda folder, text=text: (folder / "evil.toml").write_text(text)
    )


@attack("a recipe of a gigabyte", "run evil.toml", "at most")
def _(folder: Path) -> None:
    sparse(folder / "evil.toml", 1 << 30)


@attack("a pipe as a recipe", "check evil.toml", "evil.toml")
def _(folder: Path) -> None:
    os.mkfifo(folder / "evil.toml")


@attack("a device as a recipe", "check evil.toml", "evil.toml")
def _(folder: Path) -> None:
    (folder / "evil.toml").symlink_to("/dev/zero")


@attack("a recipe that builds on itself", "run evil.toml", "evil.toml")
def _(folder: Path) -> None:
    (folder / "evil.toml").write_text(variant(TRANSFER, {"networks.encoder.weights": {"recipe": "evil.toml"}}))


@attack("a recipe that names its run out of the folder", "run evil.toml", "name")
def _(folder: Path) -> None:
    (folder / "evil.toml").write_text(variant(CLASSIFIER, {"recipe.name": "../../escaped"}))


@attack("a study of 10^60 combinations", "study evil.toml", "evil.toml")
def _(folder: Path) -> None:
    keys = {f"train.{key}": list(range(1, 1001)) for key in ("steps", "batch_size", "log_every", "validate_every")}
    keys |= {f"optimizers.classifier.{key}": [n / 1e6 for n in range(1, 1001)] for key in ("lr", "eps")}
    (folder / "evil.toml").write_text(variant(STUDY, {"variants": None, "search": {"method": "grid", "keys": keys}}))


@attack("a study of 9e18 trials", "study evil.toml", "evil.toml")
def _(folder: Path) -> None:
    search = {"trials": 9 * 10**18, "keys": {"train.steps": [1, 2]}}
    (folder / "evil.toml").write_text(variant(STUDY, {"variants": None, "search": search}))


# Arrays


def npz(name: str, says: str) -> Any:
    return attack(name, "run encoder.toml", says, "run photos.toml --out warm")


def array_header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return header.getvalue()


@npz("an npz of a terabyte", "than its header says")
def _(folder: Path) -> None:
    with zipfile.ZipFile(folder / "street.npz", "w") as archive:
        archive.writestr("images.npy", array_header((10**6, 1000, 1000)))


@npz("an npz with a header of 400 MB", "header")
def _(folder: Path) -> None:
    with (
        zipfile.ZipFile(folder / "street.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("images.npy", "w") as file,
    ):
        file.write(b"\x93NUMPY\x02\x00" + struct.pack("<I", 400_000_000))
        for _ in range(80):
            file.write(b" " * 5_000_000)


@npz("an npz with an endless directory", "directory")
def _(folder: Path) -> None:
    with zipfile.ZipFile(folder / "street.npz", "w") as archive:
        for number in range(3000):
            archive.writestr(f"{number:05d}{'y' * 20_000}", b"")


@npz("an npz that is a zip bomb", "compress so far")
def _(folder: Path) -> None:
    with (
        zipfile.ZipFile(folder / "street.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("images.npy", "w", force_zip64=True) as file,
    ):
        file.write(array_header((400_000, 32, 32)))
        for _ in range(100):
            file.write(bytes(400_000 * 32 * 32 // 100))


@npz("an npz with a pickle", "not numbers")
def _(folder: Path) -> None:
    trap = np.empty(1, object)
    trap[0] = Trap()
    np.savez(folder / "street.npz", images=trap, labels=np.zeros(1, int))


@npz("an npz of text", "damaged")
def _(folder: Path) -> None:
    sparse(folder / "street.npz", 1 << 34, b"PK\x03\x04")


@npz("a pipe as an npz", "street.npz")
def _(folder: Path) -> None:
    (folder / "street.npz").unlink()
    os.mkfifo(folder / "street.npz")


class Trap:
    """An object that writes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo caught > caught",)


def digits(name: str, says: str, part: str = "images-idx3-ubyte") -> Any:
    def register(content: Callable[[], bytes]) -> Any:
        def build(folder: Path) -> None:
            (folder / "mnist" / "MNIST" / "raw" / f"train-{part}").write_bytes(content())

        return attack(name, "run digits.toml", says, "run encoder.toml --out warm")(build)

    return register


@digits("an idx file of a terabyte", "declares")
def _() -> bytes:
    return idx(2**32 - 1, 28, 28) + bytes(100)


@digits("an idx file that is a gzip bomb", "compress so far")
def _() -> bytes:
    return gzip.compress(idx(1_000_000, 28, 28) + bytes(1_000_000 * 28 * 28), 1)


@digits("idx labels that claim four billion", "declares", "labels-idx1-ubyte")
def _() -> bytes:
    return idx(2**32 - 1)


def houses(name: str, says: str) -> Any:
    def register(content: Callable[[], bytes]) -> Any:
        def build(folder: Path) -> None:
            (folder / "svhn" / "train_32x32.mat").write_bytes(MAT + content())

        return attack(name, "run houses.toml", says, "run encoder.toml --out warm")(build)

    return register


MAT = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"


def mat_array(name: bytes, *shape: int, data: bytes = b"") -> bytes:
    """Return an array of bytes in MATLAB's format 5, with as many values as `data`, or as its shape claims."""

    def tag(kind: int, content: bytes, length: int | None = None) -> bytes:
        size = len(content) if length is None else length
        return struct.pack("<II", kind, size) + content + bytes(-len(content) % 8)

    claimed = min(int(np.prod(shape, dtype=object)), 2**32 - 1)
    dimensions = struct.pack(f"<{len(shape)}i", *shape)
    parts = tag(6, struct.pack("<II", 9, 0)) + tag(5, dimensions) + tag(1, name) + tag(2, data, claimed)
    return tag(14, parts)


@houses("a mat file of a terabyte", "X")
def _() -> bytes:
    return mat_array(b"X", 32, 32, 3, 2**31 - 1)


@houses("a mat file that is a bomb", "compress so far")
def _() -> bytes:
    packed = zlib.compress(mat_array(b"X", 32, 32, 3, 400_000, data=bytes(32 * 32 * 3 * 400_000)), 1)
    return struct.pack("<II", 15, len(packed)) + packed


@houses("a mat file of 300,000 arrays", "train_32x32.mat")
def _() -> bytes:
    return b"".join(mat_array(b"x%d" % number, 1, 1, data=b"1") for number in range(300_000))


# Images


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, bits: int = 1, *more: bytes) -> bytes:
    """Return a white PNG of grey pixels, with further chunks; of a huge one, the first rows alone."""
    rows = min(height, 20_000)
    pixels = zlib.compress((b"\0" + b"\xff" * min(-(-width * bits // 8), 10_000)) * rows, 1)
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return b"".join((b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *more, chunk(b"IDAT", pixels), chunk(b"IEND", b"")))


def jpeg(width: int, height: int) -> bytes:
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


# Weights


def weights(name: str, says: str) -> Any:
    def register(write: Callable[[Path], None]) -> Any:
        def build(folder: Path) -> None:
            write(folder / "evil.safetensors")
            given = {"networks.classifier.weights": {"file": "evil.safetensors"}}
            (folder / "evil.toml").write_text(variant(CLASSIFIER, given))

        return attack(name, "run evil.toml", says, "run weights.toml --out warm")(build)

    return register


def header(entries: dict[str, Any]) -> bytes:
    content = json.dumps(entries).encode()
    return struct.pack("<Q", len(content)) + content


@weights("weights with a header of 300,000 tensors", "tensors: at most")
def _(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    path.write_bytes(header({str(number): entry for number in range(300_000)}))


@weights("weights with a header of 2 GB", "at most")
def _(path: Path) -> None:
    sparse(path, 2 * 10**9 + 8, struct.pack("<Q", 2 * 10**9))


@weights("weights of 4 GB in one tensor", "do not fit")
def _(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4 * 10**9]}
    begin = header({"w": entry})
    sparse(path, len(begin) + 4 * 10**9, begin)


@weights("weights with overlapping tensors", "evil.safetensors")
def _(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [1000], "data_offsets": [0, 4000]}
    path.write_bytes(header({"a": entry, "b": entry}) + bytes(4000))


@weights("weights that are not numbers", "not finite")
def _(path: Path) -> None:
    tensors = safetensors.numpy.load_file(path.with_name("weights.safetensors"))
    name = next(iter(tensors))
    tensors[name] = np.full_like(tensors[name], np.nan)
    safetensors.numpy.save_file(tensors, path)


@weights("a pickle named .safetensors", "evil.safetensors")
def _(path: Path) -> None:
    path.write_bytes(pickle.dumps(Trap()))


@weights("an archive of torch named .safetensors", "evil.safetensors")
def _(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Trap()))


@weights("a pipe as weights", "not a regular file")
def _(path: Path) -> None:
    os.mkfifo(path)


# Runs that somebody sent


def run(name: str, evil: str, says: str, is_left_out: bool = False) -> Any:
    def register(change: Callable[[Path], None]) -> Any:
        return attack(f"a run with {name}", evil, says, is_left_out=is_left_out)(lambda root: change(received(root)))

    return register


def replace_by_link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


for verb in ("report evil", "evaluate evil", "transfer evil photos", "resume evil", "compare transfer evil"):

    @run(f"its recipe a link to /etc/passwd, in {verb.split()[0]}", verb, "symbolic link")
    def _(path: Path) -> None:
        (path.parents[1] / "passwd").write_text(SECRET)
        replace_by_link(path / "recipe.toml", path.parents[1] / "passwd")

    @run(f"a run.json of 500 MB, in {verb.split()[0]}", verb, "run.json")
    def _(path: Path) -> None:
        sparse(path / "run.json", 500_000_000, (path / "run.json").read_bytes().rstrip()[:-1])


@run("samples of 13,300 x 13,300 pixels", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    for step in range(50):
        (path / "samples" / f"step-{step:08d}.png").write_bytes(png(13_300, 13_300))


@run("samples that are an EPS and a FITS", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    (path / "samples" / "step-00000001.png").write_bytes(saved("EPS"))
    (path / "samples" / "step-00000002.png").write_bytes(FITS)


@run("a journal of 400 MB", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    line = json.dumps({"event": "losses", "step": 1, **{f"loss-{n}": 0.5 for n in range(20)}}).encode() + b"\n"
    with (path / "journal.jsonl").open("ab") as file:
        for _ in range(400):
            file.write(line * (1_000_000 // len(line)))


@run("a journal of a single line of 2 GB", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    sparse(path / "journal.jsonl", 2 * 10**9)


@run("readings of 100,000 arrays", "report evil", "tensors")
def _(path: Path) -> None:
    entry = {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
    (path / "readings.safetensors").write_bytes(header({str(number): entry for number in range(100_000)}))


for verb in ("report evil", "compare transfer evil"):

    @run(f"metrics 100,000 deep, in {verb.split()[0]}", verb, "metrics.json")
    def _(path: Path) -> None:
        (path / "metrics.json").write_text('{"a":' + "[" * 100_000 + "]" * 100_000 + "}")


@run("a report that is a link to a file of yours", "report evil", "report.html", is_left_out=True)
def _(path: Path) -> None:
    (path.parents[1] / "passwd").write_text(SECRET)
    replace_by_link(path / "report.html", path.parents[1] / "passwd")


@run("a lock that is a pipe", "resume evil --steps 9", "evil")
def _(path: Path) -> None:
    lock = next(path.glob("*lock*"), path / ".lock")
    lock.unlink(missing_ok=True)
    os.mkfifo(lock)


@run("a checkpoint with a header of 2 GB", "resume evil --steps 9", "evil")
def _(path: Path) -> None:
    for checkpoint in (path / "checkpoints").iterdir():
        for file in [checkpoint] if checkpoint.is_file() else checkpoint.iterdir():
            sparse(file, 2 * 10**9 + 8, struct.pack("<Q", 2 * 10**9))


for verb in ("evaluate evil", "transfer evil photos"):

    @run(f"weights with a header of 2 GB, in {verb.split()[0]}", verb, "generator.safetensors")
    def _(path: Path) -> None:
        sparse(path / "weights" / "generator.safetensors", 2 * 10**9 + 8, struct.pack("<Q", 2 * 10**9))

    @run(f"weights that are a pickle, in {verb.split()[0]}", verb, "generator.safetensors")
    def _(path: Path) -> None:
        (path / "weights" / "generator.safetensors").write_bytes(pickle.dumps(Trap()))


# Servers

PLUGIN = """
from pathlib import Path
from ganforge.data.images import DataFile
from ganforge.plugins import Component, hookimpl

class Far:
    \"\"\"Images that are far away.

    Args:
        address: the port and path of their server.
        data_root: the folder of all data.
    \"\"\"

    classes = None

    def __init__(self, *, address: str = "", data_root: Path):
        self.file = DataFile(data_root / "far.bin", "http://127.0.0.1:" + address, "0" * 32, largest=50_000_000)

    def files(self):
        return [self.file]

    def decode(self):
        raise NotImplementedError

@hookimpl
def ganforge_components():
    return [Component("dataset", "far", "far:Far", "Images that are far away.")]
"""
CONTENT = bytes(1 << 20)
Answer = Callable[[BaseHTTPRequestHandler], None]


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(CONTENT)


def announced(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**15))
    handler.end_headers()
    handler.wfile.write(CONTENT)


def redirected(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://169.254.169.254/latest/meta-data")
    handler.end_headers()


def in_circles(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", handler.path + "x")
    handler.end_headers()


def dripping(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**6))
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.2)


def headers_without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.flush_headers()
    while True:
        handler.wfile.write(b"x: " + b"y" * 60_000 + b"\r\n")


def one_header_without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.flush_headers()
    while True:
        handler.wfile.write(CONTENT)


def escapes(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 404 \x1b[2J\x1b]0;mine\x07" + b"y" * 50_000 + b"\r\n\r\n")


SERVERS: dict[str, tuple[Answer, str]] = {
    "a download without end": (endless, "50,000,000 bytes are fetched"),
    "a download that announces a petabyte": (announced, "sends 1,000,000,000,000,000 bytes"),
    "a redirect to 169.254.169.254": (redirected, "an address within a network"),
    "redirects in circles": (in_circles, "cannot be fetched"),
    "a byte at a time": (dripping, "less than 1,000 bytes a second"),
    "headers without end": (headers_without_end, "cannot be fetched"),
    "a header without end": (one_header_without_end, "cannot be fetched"),
    "an answer of escape sequences": (escapes, "the server answers 404"),
}
for title, (_, says) in SERVERS.items():
    attack(f"a server with {title}", f"download far/far --set address=PORT/{title.replace(' ', '-')}", says)(
        lambda folder: None
    )


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    answers = {f"/{title.replace(' ', '-')}": answer for title, (answer, _) in SERVERS.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                answers[self.path.rstrip("x")](self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


# The test


@pytest.fixture(scope="module")
def site(site_at: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = site_at(tmp_path_factory.mktemp("installed") / "site")
    made.install("far", {"far": PLUGIN})
    path: Path = made.path
    return path


@pytest.fixture(scope="module")
def outcomes(record_figures: Callable[..., None]) -> Iterator[dict[str, Outcome]]:
    found: dict[str, Outcome] = {}
    yield found
    largest = max(found, key=lambda name: found[name].mebibytes)
    slowest = max(found, key=lambda name: found[name].seconds)
    record_figures(
        "evil inputs",
        inputs=len(found),
        tracebacks=sum("Traceback" in outcome.output for outcome in found.values()),
        hanging=sum(outcome.code is None for outcome in found.values()),
        most_mebibytes=round(found[largest].mebibytes, 1),
        largest=largest,
        most_seconds=round(found[slowest].seconds, 1),
        slowest=slowest,
    )


@pytest.mark.promise(
    "An evil input costs a message: no traceback, no waiting, less than 64 MiB of memory.", about="stranger"
)
@pytest.mark.parametrize("name", ATTACKS)
def test_an_evil_input_costs_a_message_and_nothing_else(
    name: str, honest: Path, site: Path, port: int, tmp_path: Path, outcomes: dict[str, Outcome]
) -> None:
    found = ATTACKS[name]
    folder = tmp_path / "place"
    shutil.copytree(honest, folder)
    context = attacked.server(multiprocessing.get_context("forkserver"))
    evil = found.evil.replace("PORT", str(port)).split()
    outcome = attacked.attack(
        context, folder, [found.honest.split()], evil, lambda: found.build(folder), site=site, patience=PATIENCE
    )
    outcomes[name] = outcome
    assert outcome.code is not None, f"hangs, or was killed: {outcome.output}"
    assert "Traceback" not in outcome.output
    assert (outcome.code == 0) == found.is_left_out, outcome.output
    assert found.says in outcome.output
    assert len(outcome.output) < LONGEST
    assert "\x1b" not in outcome.output
    assert outcome.mebibytes < LIMIT
    assert not (folder / "caught").exists()
    kept = folder / "passwd"
    assert not kept.exists() or kept.read_text() == SECRET
    assert SECRET not in outcome.output
    assert not any(
        SECRET in page.read_text() for page in folder.rglob("*.html") if page.is_file() and not page.is_symlink()
    )
    assert not (folder.parent / "escaped").exists()
