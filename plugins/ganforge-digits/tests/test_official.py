from pathlib import Path

import pytest

from ganforge.errors import DataError
from ganforge_digits.official import count_notice, download_command, require


def test_the_command_can_be_pasted_into_a_shell():
    assert download_command("digits/svhn", split="extra", data_root=Path("data")) == (
        "ganforge download digits/svhn --set split=extra --data data"
    )
    assert download_command("digits/svhn", split="extra", data_root=Path("my data")).endswith("--data 'my data'")


def test_the_first_missing_file_is_named(tmp_path):
    here, gone = tmp_path / "here", tmp_path / "gone"
    here.touch()
    require([here], fix="fetch it")
    with pytest.raises(DataError, match="gone is missing") as caught:
        require([here, gone], fix="fetch it")
    assert caught.value.fix == "fetch it"


def test_a_notice_only_when_the_count_is_another():
    assert count_notice(Path("a/x.mat"), held=73_257, published=73_257) == ()
    assert count_notice(Path("a/x.mat"), held=1_083, published=73_257) == (
        "x.mat is not the official file: it holds 1,083 images, the official one 73,257",
    )
