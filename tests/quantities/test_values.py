"""Quantities are computed when asked for, once, and anew only after an update of what they go through."""

import pytest
import torch
from torch import nn

from ganforge.method import DataRole, Method, Role, quantity
from ganforge.quantities.graph import Graph
from ganforge.quantities.values import Values


class Doubling(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, value):
        self.calls += 1
        return 2 * value


class Chain(Method):
    networks = {"f": Role("encoder", ""), "g": Role("generator", ""), "d": Role("discriminator", "")}
    data = {"s": DataRole("", labels="s_labels")}

    @quantity("")
    def code(self, f, s):
        return f(s)

    @quantity("")
    def fake(self, g, code):
        return g(code)

    @quantity("")
    def verdict(self, d, fake):
        return d(fake)


@pytest.fixture
def networks():
    return {role: Doubling() for role in ("f", "g", "d")}


@pytest.fixture
def asked():
    return []


@pytest.fixture
def values(networks, asked):
    def leaf(name):
        asked.append(name)
        return torch.ones(2)

    return Values(Graph(Chain, networks, ["s"]), Chain(), networks, leaf)


def test_a_quantity_is_computed_from_its_needs(values):
    assert values["verdict"].tolist() == [8.0, 8.0]


def test_a_quantity_is_computed_once(values, networks, asked):
    assert values["verdict"] is values["verdict"]
    assert values["fake"].tolist() == [4.0, 4.0]
    assert [networks[role].calls for role in "fgd"] == [1, 1, 1]
    assert asked == ["s"]


def test_nothing_is_computed_before_it_is_asked_for(values, networks, asked):
    assert values["code"].tolist() == [2.0, 2.0]
    assert [networks[role].calls for role in "fgd"] == [1, 0, 0]
    assert "s_labels" not in asked


def test_after_an_update_only_what_went_through_the_network_is_computed_anew(values, networks, asked):
    values["verdict"]
    values.forget("d")
    values["verdict"]
    assert [networks[role].calls for role in "fgd"] == [1, 1, 2]
    values.forget("g")
    values["verdict"]
    assert [networks[role].calls for role in "fgd"] == [1, 2, 3]
    values.forget("f")
    values["verdict"]
    assert [networks[role].calls for role in "fgd"] == [2, 3, 4]
    assert asked == ["s"]  # The batch stays the same throughout.


def test_a_network_is_a_value_too(values, networks):
    assert values["f"] is networks["f"]


def test_membership_tells_what_has_been_computed(values):
    values["fake"]
    assert "fake" in values
    assert "code" in values
    assert "f" in values
    assert "verdict" not in values


def test_what_is_known_is_looked_up_and_never_forgotten(networks, asked):
    def leaf(name):
        asked.append(name)
        return torch.full((2,), 5.0)

    values = Values(Graph(Chain, networks, ["s"]), Chain(), networks, leaf, frozenset(["code"]))
    assert values["fake"].tolist() == [10.0, 10.0]
    values.forget("f")
    assert values["fake"].tolist() == [10.0, 10.0]
    assert networks["f"].calls == 0
    assert asked == ["code"]
