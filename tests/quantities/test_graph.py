"""What quantities are computed from, and what never changes."""

import pytest

from ganforge.contracts import EncoderWithHead
from ganforge.errors import GanforgeError
from ganforge.method import DataRole, Method, Role, quantity
from ganforge.quantities.graph import Graph


class Transfer(Method):
    networks = {"f": Role("encoder", ""), "g": Role("generator", ""), "d": Role("discriminator", "")}
    data = {"s": DataRole("", labels="s_labels"), "t": DataRole("", labels="t_labels")}

    @quantity("")
    def code(self, f, s): ...

    @quantity("")
    def scores(self, f: EncoderWithHead, code): ...

    @quantity("")
    def confidence(self, scores): ...

    @quantity("")
    def fake(self, g, code): ...

    @quantity("")
    def verdict(self, d, fake): ...

    @quantity("")
    def both(self, f, s, t): ...

    @quantity("")
    def brightness(self, s): ...

    @quantity("", over_data=True)
    def code_mean(self, code): ...

    @quantity("")
    def centred(self, code, code_mean): ...

    @quantity("")
    def apart(self, f, t, code_mean): ...

    @quantity("", over_data=True)
    def class_mean(self, code, s_labels): ...


@pytest.fixture
def graph():
    return Graph(Transfer, ["f", "g", "d"], ["s", "t"])


def test_roles_and_data_are_found_through_all_that_lies_between(graph):
    assert graph.roles("verdict") == {"f", "g", "d"}
    assert graph.roles("code") == {"f"}
    assert graph.roles("g") == {"g"}
    assert graph.roles("s") == frozenset()
    assert graph.data("verdict") == {"s"}
    assert graph.data("both") == {"s", "t"}
    assert graph.data("t_labels") == {"t"}
    assert graph.sources("class_mean") == {"f", "s", "s_labels"}


def test_a_statistic_is_one_and_so_is_what_needs_it(graph):
    assert graph.is_statistic("code_mean")
    assert graph.is_statistic("centred")
    assert not graph.is_statistic("code")
    assert not graph.is_statistic("f")


def test_a_known_statistic_is_computed_from_nothing(graph):
    assert graph.sources("centred") == {"f", "s"}
    assert graph.measured_from("code_mean") == frozenset()
    assert graph.measured_from("centred") == {"f", "s"}
    assert graph.measured_from("apart") == {"f", "t"}
    assert graph.sources("apart") == {"f", "s", "t"}
    assert graph.statistics_of(["apart", "verdict"]) == {"code_mean"}
    assert graph.statistics == {"code_mean", "class_mean"}


def test_everything_that_is_there_may_be_required(graph):
    for name in ("verdict", "f", "s", "s_labels", "code_mean"):
        graph.require(name)


def test_an_unknown_quantity_lists_those_that_exist(graph):
    with pytest.raises(GanforgeError) as caught:
        graph.require("cod")
    assert "'cod'" in caught.value.message
    for name in ("s", "s_labels", "t", "t_labels", "code", "scores", "fake", "verdict", "code_mean"):
        assert name in caught.value.fix


def test_what_goes_through_a_missing_table_names_the_table():
    partial = Graph(Transfer, ["f", "g"], ["s"])
    with pytest.raises(GanforgeError, match=r"'d' needs \[networks\.d\]"):
        partial.require("verdict")
    with pytest.raises(GanforgeError, match=r"'t' needs \[data\.t\]"):
        partial.require("both")
    partial.require("fake")


def test_quantities_in_a_circle_are_refused():
    class Circular(Method):
        @quantity("")
        def first(self, second): ...

        @quantity("")
        def second(self, first): ...

    with pytest.raises(GanforgeError, match=r"Circular need each other in a circle: .*first"):
        Graph(Circular, [], [])


class TestConstants:
    def test_what_frozen_networks_make_of_one_data_role_is_constant(self, graph):
        assert graph.constants(["verdict"], {"f"}, []) == ["code"]

    def test_only_what_something_changing_asks_for_is_kept(self, graph):
        # `scores` goes through `code`, and is constant itself: `code` need not be kept for it.
        assert graph.constants(["scores"], {"f"}, []) == ["scores"]
        assert graph.constants(["scores", "verdict"], {"f"}, []) == ["scores", "code"]

    def test_nothing_is_constant_through_a_trained_network(self, graph):
        assert graph.constants(["verdict"], {"d"}, []) == []

    def test_nothing_is_constant_that_is_computed_from_augmented_images(self, graph):
        assert graph.constants(["verdict"], {"f"}, ["s"]) == []
        assert graph.constants(["verdict"], {"f"}, ["t"]) == ["code"]

    def test_two_data_roles_have_no_common_batches(self, graph):
        assert graph.constants(["both"], {"f"}, []) == []

    def test_what_no_network_computes_is_not_worth_keeping(self, graph):
        assert graph.constants(["brightness"], {"f"}, []) == []

    def test_a_statistic_comes_after_what_it_needs(self, graph):
        assert graph.constants(["code_mean"], {"f"}, []) == ["code", "code_mean"]
        assert graph.constants(["class_mean"], {"f"}, []) == ["code", "class_mean"]

    def test_what_needs_a_statistic_is_computed_in_every_batch(self, graph):
        assert graph.constants(["centred"], {"f"}, []) == ["code", "code_mean"]

    def test_a_statistic_of_what_changes_is_refused(self, graph):
        with pytest.raises(GanforgeError, match="'code_mean' is a statistic") as caught:
            graph.constants(["code_mean"], [], [])
        assert "freeze" in caught.value.fix

    def test_a_statistic_of_augmented_images_is_that_of_the_images_as_they_are(self, graph):
        assert graph.constants(["centred"], {"f"}, ["s"]) == ["code_mean"]


def test_what_reads_an_output_are_the_networks_after_it(graph):
    assert graph.readers("verdict", of="fake") == {"d"}
    assert graph.readers("verdict", of="g") == {"d"}
    assert graph.readers("verdict", of="code") == {"g", "d"}
    assert graph.readers("fake", of="fake") == frozenset()
    assert graph.readers("fake", of="g") == frozenset()
    assert graph.readers("code", of="fake") == frozenset()
    assert graph.readers("brightness", of="s") == frozenset()


def test_heads_are_those_of_networks_annotated_so(graph):
    assert graph.heads("code") == frozenset()
    assert graph.heads("scores") == {"f"}
    assert graph.heads("confidence") == {"f"}
