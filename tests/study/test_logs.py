"""What a log of a run says of its end."""

import pytest

from ganforge.study.logs import last_error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("begun\nerror: first\nTraceback\nerror: last: of two\nbye\n", "last: of two"),
        ("no error: here\n", None),
        ("", None),
    ],
)
def test_the_last_error_counts(tmp_path, text, error):
    (tmp_path / "run.log").write_text(text)
    assert last_error(tmp_path / "run.log") == error


def test_without_a_log_there_is_no_error(tmp_path):
    assert last_error(tmp_path / "run.log") is None


def test_bytes_that_are_no_text_do_no_harm(tmp_path):
    (tmp_path / "run.log").write_bytes(b"\xff\xfe\nerror: \xff\n")
    assert last_error(tmp_path / "run.log") == "\N{REPLACEMENT CHARACTER}"
