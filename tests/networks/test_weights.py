"""Weights fit to the last name and shape, or a message says what does not."""

import hashlib
import json
import os
import struct

import pytest
import torch
from torch import nn

import memory
from ganforge import atomic
from ganforge.errors import RunError, ShapeError
from ganforge.networks.weights import load_weights, read_weights, read_weights_file, save_weights
from ganforge.recipe.recipe import WeightsFile
from ganforge.runs.directory import create


def network(width=3):
    return nn.Sequential(nn.Conv2d(1, width, 3), nn.BatchNorm2d(width))


def equal(one, other):
    other = dict(other)
    return one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_weights_come_back_as_they_were_saved(tmp_path):
    source, other, target = network().to(memory_format=torch.channels_last), network(5), network()
    save_weights({"g": source, "d": other}, tmp_path / "weights")
    assert {path.name for path in (tmp_path / "weights").iterdir()} == {"g.safetensors", "d.safetensors"}
    load_weights(target, read_weights(tmp_path / "weights" / "g.safetensors"), "a file", {})
    assert equal(source.state_dict(), target.state_dict())


def test_weights_replace_those_before(tmp_path):
    save_weights({"old": network()}, tmp_path / "weights")
    save_weights({"g": network()}, tmp_path / "weights")
    assert [path.name for path in (tmp_path / "weights").iterdir()] == ["g.safetensors"]
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]


def test_shared_weights_can_be_saved(tmp_path):
    source, target = network(), network()
    for module in (source, target):
        module.append(nn.BatchNorm2d(3))
        module[2].weight = module[1].weight
    save_weights({"g": source}, tmp_path / "weights")
    load_weights(target, read_weights(tmp_path / "weights" / "g.safetensors"), "a file", {})
    assert equal(source.state_dict(), target.state_dict())


def test_a_disk_that_refuses_leaves_the_weights_before(tmp_path, monkeypatch):
    before = network()
    save_weights({"g": before}, tmp_path / "weights")
    create = atomic.create

    def refuse(path, data):
        if path.name == "g.safetensors":
            raise OSError(28, "No space left on device")
        create(path, data)

    monkeypatch.setattr(atomic, "create", refuse)
    with pytest.raises(RunError, match="cannot be written: No space left on device"):
        save_weights({"d": network(), "g": network()}, tmp_path / "weights")
    assert [path.name for path in tmp_path.rglob("*")] == ["weights", "g.safetensors"]
    assert equal(before.state_dict(), read_weights(tmp_path / "weights" / "g.safetensors"))


@pytest.mark.parametrize("content", [None, b"", b"not a safetensors file at all"])
def test_a_missing_or_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "g.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=r"g\.safetensors"):
        read_weights(path)


def test_what_is_missing_left_over_or_of_another_shape_is_listed():
    given = network().state_dict()
    given["0.kernel"] = given.pop("0.bias")
    given["1.weight"] = torch.ones(4)
    target = network()
    before = {name: tensor.clone() for name, tensor in target.state_dict().items()}
    with pytest.raises(ShapeError) as caught:
        load_weights(target, given, "old.safetensors", {})
    message = caught.value.message
    assert "old.safetensors" in message
    assert "0.bias is missing" in message
    assert "0.kernel is left over" in message
    assert "1.weight is [4], wanted [3]" in message
    assert "rename" in caught.value.fix
    assert equal(before, target.state_dict())


def test_a_long_list_is_cut():
    with pytest.raises(ShapeError, match=r"and 1 more"):
        load_weights(network(), {}, "nothing", {})


def test_names_are_renamed_by_prefix():
    source, target = network(), network()
    given = {f"features.{name}".replace("features.1", "norm"): tensor for name, tensor in source.state_dict().items()}
    load_weights(target, given, "a file", {"features.": "", "norm": "1"})
    assert equal(source.state_dict(), target.state_dict())


def test_two_tensors_of_one_name_are_refused():
    given = network().state_dict()
    given["old.0.bias"] = given["0.bias"] + 1
    with pytest.raises(ShapeError, match=r"0\.bias is there twice"):
        load_weights(network(), given, "a file", {"old.": ""})


@pytest.fixture
def saved(tmp_path):
    save_weights({"g": network()}, tmp_path / "weights")
    return tmp_path / "weights" / "g.safetensors"


def test_a_file_with_the_declared_digest_is_read(saved):
    declared = hashlib.sha256(saved.read_bytes()).hexdigest()
    for digest in (declared, None):
        assert equal(read_weights(saved), read_weights_file(WeightsFile("p:g", saved, digest)))


def test_a_file_with_another_digest_is_refused(saved):
    with pytest.raises(RunError, match="are not what their plugin declares") as caught:
        read_weights_file(WeightsFile("p:g", saved, "0" * 64))
    assert caught.value.fix.startswith("reinstall the plugin")


def header(entries):
    content = json.dumps(entries).encode()
    return struct.pack("<Q", len(content)) + content


@pytest.mark.promise(
    "A file of weights is refused by its header if it has too many tensors or a header without bound.", about="stranger"
)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header({str(n): {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(80_000)}), "80,000 ten"),
        (struct.pack("<Q", 9 << 20) + b" " * (9 << 20), "at most"),
        (struct.pack("<Q", 8_000_002) + b"[" + b"[]," * 2_666_667, "at most"),
        (struct.pack("<Q", 2**63), "at most"),
        (b"", "header"),
    ],
)
def test_a_header_without_bound_is_refused_early(tmp_path, content, message):
    (tmp_path / "w.safetensors").write_bytes(content)
    before = "from pathlib import Path\nfrom ganforge.tensor_header import check_file"
    found = memory.spent(before, "check_file(Path('w.safetensors'))", tmp_path)
    assert message in found.message
    assert found.mebibytes < 64
    with pytest.raises(RunError, match=f"w.safetensors: .*{message}"):
        read_weights(tmp_path / "w.safetensors")


def test_of_a_header_without_bound_no_digest_is_computed(tmp_path):
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", 9 << 20) + b" " * (9 << 20))
    assert WeightsFile("w", tmp_path / "w.safetensors", None).digest is None
    declared = WeightsFile("w", tmp_path / "w.safetensors", "0" * 64)
    with pytest.raises(RunError, match=r"are not what their plugin declares: SHA-256 [0-9a-f]{64}"):
        read_weights_file(declared)


def test_large_weights_of_a_run_take_no_memory_before_they_are_compared(tmp_path):
    begin = header({"w": {"dtype": "F32", "shape": [50_000_000], "data_offsets": [0, 200_000_000]}})
    run = create(tmp_path, "run")
    run.weights.mkdir()
    with (run.weights / "g.safetensors").open("wb") as file:
        file.write(begin)
        file.truncate(len(begin) + 200_000_000)
    before = (
        "from pathlib import Path\nfrom ganforge.networks.weights import read_kept_weights\n"
        "from ganforge.runs.directory import RunDirectory"
    )
    found = memory.spent(before, "read_kept_weights(RunDirectory(Path('run')), 'g')", tmp_path)
    assert found.message == ""
    assert found.mebibytes < 64


def test_a_pipe_is_no_file_of_weights(tmp_path):
    os.mkfifo(tmp_path / "w.safetensors")
    assert WeightsFile("w", tmp_path / "w.safetensors", None).digest is None
    with pytest.raises(RunError, match="not a regular file"):
        read_weights(tmp_path / "w.safetensors")
