"""Tensors come back to the bit, and no bytes whatever do more than raise RunError."""

import contextlib
import json
import pickle
import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganforge.errors import RunError
from ganforge.runs import tensor_file

DTYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.uint8,
    torch.bool,
]


def bits(tensor):
    return tensor.contiguous().reshape(-1).view(torch.uint8).tolist()


def round_trip(tensor):
    return tensor_file.decode(tensor_file.encode({"t": tensor}))["t"]


def file_with_header(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (5,), (2, 3, 4, 5)], ids=str)
def test_dtype_shape_and_bits_survive(dtype, shape):
    original = (torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 100).to(dtype)
    loaded = round_trip(original)
    assert loaded.dtype == dtype
    assert loaded.shape == original.shape
    assert bits(loaded) == bits(original)


def test_special_floats_survive_to_the_bit():
    patterns = torch.tensor([0x7FC00001, 0x7F800000, -0x800000, -0x80000000, 1], dtype=torch.int32)
    assert bits(round_trip(patterns.view(torch.float32))) == bits(patterns)


def test_layouts_are_saved_by_value():
    base = torch.arange(120.0).reshape(2, 3, 4, 5)
    views = {
        "base": base,
        "same memory": base,
        "transposed": base.transpose(1, 3),
        "strided": base[:, :, ::2],
        "expanded": torch.tensor([1.0]).expand(4),
        "channels last": base.to(memory_format=torch.channels_last),
        "conjugated": torch.tensor([1 + 2j]).conj(),
        "negated": torch.tensor([1 + 2j]).conj().imag,
        "parameter": torch.nn.Parameter(base[0]),
    }
    loaded = tensor_file.decode(tensor_file.encode(views))
    assert list(loaded) == sorted(views)
    for name, tensor in loaded.items():
        assert torch.equal(tensor, views[name])
        assert tensor.is_contiguous()
        assert not tensor.requires_grad


def test_loaded_tensors_can_be_changed_each_alone():
    loaded = tensor_file.decode(tensor_file.encode({"a": torch.zeros(4), "b": torch.zeros(4)}))
    loaded["a"].add_(1)
    assert loaded["b"].sum() == 0


def test_no_tensors_are_a_file_too():
    assert tensor_file.decode(tensor_file.encode({})) == {}


def test_same_tensors_are_the_same_bytes():
    tensors = {"b": torch.ones(3), "a": torch.zeros(2, dtype=torch.int64)}
    assert tensor_file.encode(tensors) == tensor_file.encode(dict(reversed(tensors.items())))


@pytest.mark.parametrize(
    "tensor",
    [torch.empty(2, device="meta"), torch.eye(2).to_sparse(), torch.zeros(2, dtype=torch.complex128), "text"],
    ids=["meta", "sparse", "complex128", "no tensor"],
)
def test_what_cannot_be_stored_is_refused(tensor):
    with pytest.raises(RunError, match="cannot be stored"):
        tensor_file.encode({"t": tensor})


def test_reserved_name_and_too_many_are_refused():
    with pytest.raises(RunError, match="__metadata__"):
        tensor_file.encode({"__metadata__": torch.zeros(1)})
    one = torch.zeros(0)
    with pytest.raises(RunError, match="10,001 tensors"):
        tensor_file.encode({str(number): one for number in range(10_001)})


ENTRY = {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "header"),
        (b"\x05\0\0", "header"),
        (struct.pack("<Q", 2**63) + b"{}", "at most"),
        (struct.pack("<Q", (8 << 20) + 1) + b" " * 100, "at most"),
        (file_with_header(json.dumps({str(i): ENTRY for i in range(10_001)}).encode()), "10,001 tensors"),
        (file_with_header(b"{" + b",".join([b'"a":1'] * 10_001) + b"}"), "10,001 tensors"),
        (file_with_header(b"[" * 100_000), "at most"),
        (file_with_header(b"[" * 100), "header"),
        (file_with_header(b"5"), "header"),
        (file_with_header(b"[]"), "not a safetensors file"),
        (file_with_header(json.dumps({"a": {**ENTRY, "dtype": "F4"}}).encode()), "not a safetensors file"),
        (file_with_header(json.dumps({"a": {**ENTRY, "shape": [2**40, 2**40]}}).encode()), "not a safetensors file"),
        (file_with_header(json.dumps({"a": {**ENTRY, "data_offsets": [0, 9]}}).encode()), "not a safetensors file"),
    ],
)
def test_hostile_headers_are_refused(data, message):
    with pytest.raises(RunError, match=message):
        tensor_file.decode(data)


class Canary:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_a_pickle_is_not_run(tmp_path):
    canary = tmp_path / "canary"
    with pytest.raises(RunError):
        tensor_file.decode(pickle.dumps(Canary(str(canary))))
    assert not canary.exists()


GOOD = tensor_file.encode(
    {"weight": torch.arange(6.0).reshape(2, 3), "steps": torch.tensor(7), "empty": torch.empty(0, 2)}
)


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_change_loads_or_raises_only_run_error(changes):
    data = bytearray(GOOD)
    for offset, value in changes:
        data[offset] = value
    with contextlib.suppress(RunError):
        tensor_file.decode(bytes(data))


@given(st.integers(0, len(GOOD) - 1))
def test_any_cut_is_refused(length):
    with pytest.raises(RunError):
        tensor_file.decode(GOOD[:length])
