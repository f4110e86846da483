"""Texts for reports hold neither the user's home nor the user's name."""

from __future__ import annotations

import pytest

from ganforge.doctor.examine import redact, this_user


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/home/ada/runs, 3 runs", "~/runs, 3 runs"),
        ("/home/ada", "~"),
        ("in /home/ada: x", "in ~: x"),
        ("/home/adam/runs", "/home/adam/runs"),
        ("/scratch/ada/data and /scratch/ada", "/scratch/USER/data and /scratch/USER"),
        ("the ada language", "the ada language"),
        ("/data/canada/ada-1", "/data/canada/ada-1"),
        (
            ["/home/ada", {"path": "/home/ada/x", "count": 3, "none": None}],
            ["~", {"path": "~/x", "count": 3, "none": None}],
        ),
    ],
)
def test_home_and_user_are_taken_out(before, after):
    assert redact(before, "/home/ada", "ada") == after


def test_a_folder_of_all_is_no_home():
    assert redact("/srv/root/x and /", "/", "root") == "/srv/root/x and /"


def test_this_users_home_is_known(monkeypatch):
    monkeypatch.setenv("HOME", "/users/ada")
    monkeypatch.setenv("LOGNAME", "ada")
    assert redact("/users/ada/x /mnt/ada/y", *this_user()) == "~/x /mnt/USER/y"
