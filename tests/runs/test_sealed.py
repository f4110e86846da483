"""Files that hold their own SHA-256 are read as they were written, or not at all."""

import tomllib

import pytest

from ganforge.runs import sealed

VALUE = {"study": "small", "rows": [{"mean": 0.9066}], "none": None}
TEXT = '[study]\nname = "small"\nseeds = [0, 1]\n'


def tables(data):
    """Return a study's tables."""
    return tomllib.loads(sealed.read_toml(data))


def changed(data):
    """Yield the data with each of its bits changed, and the line of that bit."""
    for bit in range(8 * len(data)):
        bytes_ = bytearray(data)
        bytes_[bit // 8] ^= 1 << bit % 8
        yield bytes(bytes_), data.splitlines()[data[: bit // 8].count(b"\n")]


@pytest.mark.parametrize(
    ("data", "read", "expected"),
    [(sealed.dumps(VALUE), sealed.loads, VALUE), (sealed.toml(TEXT), tables, tomllib.loads(TEXT))],
)
def test_no_changed_bit_changes_what_is_read(data, read, expected):
    assert read(data) == expected
    for damaged, line in changed(data):
        try:
            found = read(damaged)
        except ValueError:
            continue
        # A bit in the line of the digest takes the digest away, and changes nothing else but the line's end.
        assert b"sha256" in line
        assert expected.items() <= found.items() or "study" not in found


def test_nothing_cut_short_is_read():
    for data, read, end in ((sealed.dumps(VALUE), sealed.loads, 1), (sealed.toml(TEXT), tables, 0)):
        for size in range(1, len(data) - end):
            try:
                # What is left of the line of the digest is a comment.
                assert not read(data[:size])
            except ValueError:
                continue


def test_files_of_earlier_versions_are_read():
    assert sealed.loads(b'{"a": 1}') == {"a": 1}
    assert sealed.read_toml(TEXT.encode()) == TEXT


@pytest.mark.parametrize("data", [b"[]", b"1", b"", b"{", b"\xff"])
def test_what_is_no_object_is_refused(data):
    with pytest.raises(ValueError):  # noqa: PT011
        sealed.loads(data)
