from pathlib import Path

import pytest

from ganforge.data.reading import reading, require_plausible
from ganforge.errors import DataError, PluginError

PATH = Path("data/x.bin")


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (ValueError("bad magic"), "data/x.bin is damaged or not what its name says: bad magic"),
        (MemoryError(), "data/x.bin is damaged or not what its name says: MemoryError"),
        (PermissionError(13, "Permission denied", "data/x.bin"), "data/x.bin cannot be read: Permission denied"),
        (EOFError("ended early"), "data/x.bin is damaged or not what its name says: ended early"),
    ],
)
def test_what_a_parser_raises_becomes_a_data_error(raised, message):
    with pytest.raises(DataError) as caught, reading(PATH, fix="fetch it again"):
        raise raised
    assert (caught.value.message, caught.value.fix) == (message, "fetch it again")
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize("raised", [DataError("mine", fix="my own"), PluginError("mine"), KeyboardInterrupt()])
def test_errors_of_ganforge_and_interruptions_pass_through(raised):
    with pytest.raises(type(raised)) as caught, reading(PATH, fix="fetch it again"):
        raise raised
    assert caught.value is raised


@pytest.mark.parametrize(
    ("declared", "stored", "plausible"),
    [(2**26, 0, True), (2**26 + 1, 1000, False), (10**12, 10**10, True), (10**12 + 1, 10**10, False)],
)
def test_what_is_plausible(declared, stored, plausible):
    def check() -> None:
        require_plausible(PATH, declared=declared, stored=stored, fix="fetch it again")

    if plausible:
        check()
    else:
        with pytest.raises(DataError, match="no images compress so far"):
            check()
