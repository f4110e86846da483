"""States as a run keeps them: names, needs and first values."""

import pytest
import torch

from ganforge.method import DataFacts, DataRole, Method, Role, quantity, state
from ganforge.quantities.graph import Graph
from ganforge.quantities.states import states_of, with_asked


class Level:
    """A loss with states of each kind of beginning."""

    def __init__(self, size=3):
        self.size = size

    @state(initial=1)
    def number(self, number, picture):
        """A number."""
        return number + picture.mean()

    @state(initial=torch.tensor([1, 2]))
    def tensor(self, tensor, number):
        """Whole numbers."""
        return tensor

    @state(initial=lambda loss, data: torch.zeros(loss.size, data["pictures"].channels))
    def function(self, function):
        """As large as options and data say."""
        return function


class Keeping(Method):
    """A method with states, one of which nobody needs."""

    networks = {"reader": Role("encoder", "reads")}
    data = {"pictures": DataRole("any", labels="labels")}

    @state(initial=0.0)
    def last(self, last, brightness):
        """The last brightness."""
        return brightness

    @state(initial=0.0)
    def before(self, before, last):
        """The one before it."""
        return last

    @state(initial=0.0)
    def idle(self, idle):
        """Nothing."""
        return idle

    @quantity("[]")
    def brightness(self, pictures):
        """The mean pixel."""
        return pictures.mean()

    @quantity("[]")
    def change(self, brightness, before):
        """How much brighter than two steps ago."""
        return brightness - before


def test_a_loss_has_states_of_its_own_name():
    states = states_of(Level(), "level.", ("losses", "level"))
    assert {name: state.needs for name, state in states.items()} == {
        "level.number": ("level.number", "picture"),
        "level.tensor": ("level.tensor", "level.number"),
        "level.function": ("level.function",),
    }
    assert {state.loss for state in states.values()} == {"level"}
    assert {state.loss for state in states_of(Keeping()).values()} == {None}


def test_they_begin_as_numbers_as_tensors_or_by_what_is_known_of_the_data():
    facts = {"pictures": DataFacts(8, 5, None)}
    first = {name: state.first(facts) for name, state in states_of(Level(size=4)).items()}
    assert (first["number"].dtype, first["number"].item()) == (torch.float32, 1.0)
    assert torch.equal(first["tensor"], torch.tensor([1, 2]))
    assert first["function"].shape == (4, 5)


@pytest.mark.parametrize(
    ("asked", "kept"), [(["brightness"], set()), (["change"], {"before", "last"}), (["last"], {"last"})]
)
def test_those_are_kept_that_something_is_computed_from(asked, kept):
    graph = Graph(Keeping, ["reader"], ["pictures"])
    assert with_asked({}, states_of(Keeping()), asked, graph).keys() == kept
