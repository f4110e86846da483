"""Declared meaning of numbers: looked up by name, kept as JSON, shown in its unit."""

import pytest

from ganforge.meaning import Meaning, Meanings, declared

SHARE = Meaning("share", "higher")
MEANINGS = Meanings(
    {"accuracy": SHARE, "shares/classes": Meaning("count"), "shares/class-*": Meaning("share"), "d": Meaning("loss")}
)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("accuracy", SHARE),
        ("accuracy/pooled", SHARE),
        ("accuracy/pooled (circular)", SHARE),
        ("accuracy (circular)", SHARE),
        ("shares/class-3 (circular)", Meaning("share")),
        ("shares/classes/pooled", Meaning("count")),
        ("shares/class-3/pooled", Meaning("share")),
        ("shares/other", Meaning()),
        ("accuracies", Meaning()),
        ("d", Meaning("loss")),
    ],
)
def test_parts_mean_what_their_metric_does(name, meaning):
    assert MEANINGS[name] == meaning


def test_meanings_come_back_from_json():
    assert Meanings.from_data(MEANINGS.as_data()) == MEANINGS
    assert MEANINGS.as_data()["d"] == {"unit": "loss"}


@pytest.mark.parametrize("data", [None, 3, {"x": 1}, {"x": {"unit": "furlong", "better": True}}])
def test_records_of_another_form_are_plain_numbers(data):
    assert Meanings.from_data(data)["x"] == Meaning()


def test_values_are_shown_in_their_unit():
    assert SHARE.show(0.9066) == "90.66%"
    assert SHARE.show(0.9066, 1) == "90.7%"
    assert Meaning("distance", "lower").show(8.03125) == "8.031"


def test_direction():
    assert SHARE.improves(0.9, 0.8)
    assert Meaning("distance", "lower").improves(8.0, 9.0)
    assert not SHARE.improves(0.9, 0.9)
    with pytest.raises(ValueError, match="without a direction"):
        Meaning("loss").improves(1.0, 2.0)


def test_a_component_declares_the_whole_or_its_parts():
    assert declared("share", "higher") == {"": SHARE}
    assert declared({"density": "ratio", "coverage": "share"}, {"coverage": "higher"}) == {
        "density": Meaning("ratio"),
        "coverage": SHARE,
    }
    assert declared("share", {"rank-1": "higher"}) == {"rank-1": SHARE, "": Meaning("share")}
    assert declared(None, None) == {"": Meaning()}


@pytest.mark.parametrize(
    ("unit", "better", "message"),
    [
        ("percent", None, "'percent' is none of share, distance, "),
        ("share", "up", "'up' is none of higher, lower"),
        ({"density": "ratio"}, {"densty": "higher"}, "no unit is declared for densty"),
    ],
)
def test_an_impossible_declaration_is_refused(unit, better, message):
    with pytest.raises(ValueError, match=message):
        declared(unit, better)
