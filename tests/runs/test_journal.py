"""The journal keeps every whole record, loses only torn ones, and never stops training."""

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.errors import RunError
from ganforge.runs.journal import Journal, damaged_lines, read_journal

RECORDS = st.lists(
    st.fixed_dictionaries(
        {"loss": st.floats() | st.text()}, optional={"step": st.integers(0, 20), "event": st.text(max_size=5)}
    ),
    max_size=12,
)


def refuse(*told):
    raise AssertionError(told)


def write_all(path, records):
    with Journal(path, refuse) as journal:
        for record in records:
            journal.write(record)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """One place for all examples of a property; each begins with a journal of its own."""
    return tmp_path_factory.mktemp("journal") / "journal.jsonl"


@given(records=RECORDS)
def test_records_come_back_in_order(path, records):
    path.unlink(missing_ok=True)
    write_all(path, records)
    assert repr(read_journal(path)) == repr(records)
    assert path.exists() == bool(records)


@given(records=RECORDS, more=RECORDS, data=st.data())
def test_cut_anywhere_loses_only_what_was_cut(path, records, more, data):
    path.unlink(missing_ok=True)
    write_all(path, records)
    ends, size = [], 0
    for line in path.read_bytes().splitlines(keepends=True) if records else []:
        size += len(line)
        ends.append(size)
    cut = data.draw(st.integers(0, size))
    if records:
        os.truncate(path, cut)
    # A record is whole when all but its line end is there.
    whole = records[: sum(end - 1 <= cut for end in ends)]
    assert repr(read_journal(path)) == repr(whole)
    write_all(path, more)
    assert repr(read_journal(path)) == repr(whole + more)


@given(records=RECORDS, step=st.integers(-1, 21), tail=st.sampled_from([b"", b'{"step": 1', b"\0\0\0", b"\xff"]))
def test_truncation_drops_later_steps_and_torn_lines(path, records, step, tail):
    path.unlink(missing_ok=True)
    write_all(path, records)
    with open(path, "ab") as file:
        file.write(tail)
    kept = [record for record in records if record.get("step", step) <= step]
    with Journal(path, refuse) as journal:
        journal.truncate_after(step)
        assert repr(read_journal(path)) == repr(kept)
        journal.write({"step": step})
    assert repr(read_journal(path)) == repr([*kept, {"step": step}])
    assert path.read_bytes().count(b"\n") == len(kept) + 1


def test_no_journal_has_no_records(tmp_path):
    assert read_journal(tmp_path / "missing.jsonl") == []
    Journal(tmp_path / "missing.jsonl", refuse).truncate_after(3)
    assert list(tmp_path.iterdir()) == []


def test_damaged_line_in_the_middle_is_skipped(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"step": 1}\n{"st\0\n\n[2]\n{"step": 3}\n{"step"')
    assert read_journal(path) == [{"step": 1}, {"step": 3}]


def test_every_record_is_there_at_once(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path, refuse) as journal:
        for step in range(3):
            journal.write({"step": step})
            assert read_journal(path)[-1] == {"step": step}
        journal.sync()


def test_one_that_was_written_to_goes_on_after_truncation(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path, refuse) as journal:
        journal.write({"step": 1})
        journal.write({"step": 2})
        journal.truncate_after(1)
        journal.write({"step": 3})
    assert read_journal(path) == [{"step": 1}, {"step": 3}]


def test_truncation_that_drops_nothing_leaves_the_file_alone(tmp_path):
    path = tmp_path / "journal.jsonl"
    write_all(path, [{"step": 1}])
    before = path.stat()
    Journal(path, refuse).truncate_after(1)
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_failing_truncation_is_an_error_and_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "journal.jsonl"
    write_all(path, [{"step": 1}, {"step": 2}])

    def failing(source, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing)
        with pytest.raises(RunError, match="No space left"):
            Journal(path, refuse).truncate_after(1)
    assert read_journal(path) == [{"step": 1}, {"step": 2}]
    assert [entry.name for entry in tmp_path.iterdir()] == ["journal.jsonl"]


def test_record_that_is_not_json_is_refused(tmp_path):
    with Journal(tmp_path / "journal.jsonl", refuse) as journal, pytest.raises(RunError, match=r"\$\.loss"):
        journal.write({"loss": object()})
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_told_once(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    told = []
    with Journal(tmp_path / "journal.jsonl", told.append) as journal:
        for step in range(5):
            journal.write({"step": step})
    assert len(told) == 1
    assert "No space left" in told[0]
    assert "journal.jsonl" in told[0]


def test_journal_that_cannot_be_opened_is_told_once(tmp_path):
    told = []
    journal = Journal(tmp_path / "missing" / "journal.jsonl", told.append)
    journal.write({"step": 1})
    journal.write({"step": 2})
    assert len(told) == 1
    (tmp_path / "missing").mkdir()
    journal.write({"step": 3})
    journal.close()
    assert read_journal(tmp_path / "missing" / "journal.jsonl") == [{"step": 3}]


@pytest.mark.parametrize("written", [0, 1, 11, 12, 31, 32, 33])
def test_record_cut_off_by_a_full_disk_spoils_no_other(tmp_path, monkeypatch, written):
    path = tmp_path / "journal.jsonl"
    os_write = os.write
    told = []
    with Journal(path, told.append) as journal:
        journal.write({"step": 1})
        room = [written]

        def filling(descriptor, data):
            if not room[0]:
                raise OSError(28, "No space left on device")
            count = os_write(descriptor, data[: room[0]])
            room[0] -= count
            return count

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", filling)
            journal.write({"step": 2})
        journal.write({"step": 3})
    steps = [record["step"] for record in read_journal(path)]
    assert steps == ([1, 2, 3] if written >= len('{"step": 2, "crc32": "00000000"}') else [1, 3])
    assert len(told) == (written < len('{"step": 2, "crc32": "00000000"}\n'))


def test_failing_sync_is_told(tmp_path, monkeypatch):
    def failing(descriptor):
        raise OSError(5, "Input/output error")

    told = []
    with Journal(tmp_path / "journal.jsonl", told.append) as journal:
        journal.sync()
        journal.write({"step": 1})
        monkeypatch.setattr(os, "fsync", failing)
        journal.sync()
    assert len(told) == 1
    assert "Input/output error" in told[0]


def test_a_line_with_a_changed_bit_is_left_out_and_counted(tmp_path):
    path = tmp_path / "journal.jsonl"
    records = [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}]
    write_all(path, records)
    whole = path.read_bytes()
    second = whole.index(b"\n") + 1
    name = range(whole.index(b', "crc32": "', second), whole.index(b', "crc32": "', second) + 12)
    for bit in range(8 * second, 8 * (len(whole) - 1)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        found = read_journal(path)
        assert found[0] == records[0]
        if len(found) > 1:  # only its name takes the checksum away
            assert bit // 8 in name
            assert records[1].items() <= found[1].items()
        else:
            assert damaged_lines(path) >= 1
    assert damaged_lines(tmp_path / "missing.jsonl") == 0


def test_a_torn_end_is_no_damage_and_what_is_dropped_is_counted(tmp_path):
    path = tmp_path / "journal.jsonl"
    write_all(path, [{"step": 1}, {"step": 2}])
    path.write_bytes(path.read_bytes()[:-3])
    assert damaged_lines(path) == 0
    with Journal(path, refuse) as journal:
        assert journal.truncate_after(2) == 0
        journal.write({"step": 2})
    path.write_bytes(path.read_bytes().replace(b'"step": 1', b'"step": 7'))
    assert damaged_lines(path) == 1
    with Journal(path, refuse) as journal:
        assert journal.truncate_after(2) == 1
    assert read_journal(path) == [{"step": 2}]


def test_lines_of_earlier_versions_have_no_checksum(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"step": 1}\n{}\n')
    write_all(path, [{}])
    assert read_journal(path) == [{"step": 1}, {}, {}]
