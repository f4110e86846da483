"""The generators that numbers are drawn from, by device."""

import pytest
import torch

from ganforge.seeding import default_generator_of, generator_on


@pytest.mark.parametrize("name", ["cpu", "meta"])
def test_a_generator_is_new_and_of_the_device_if_that_has_any(name):
    first, second = (generator_on(torch.device(name)).manual_seed(3) for _ in range(2))
    assert first is not second
    assert first.device.type == "cpu"
    assert torch.equal(torch.rand(4, generator=first), torch.rand(4, generator=second))


def test_the_default_one_is_what_torch_seeds():
    torch.manual_seed(5)
    given = torch.rand(4, generator=default_generator_of(torch.device("cpu")))
    torch.manual_seed(5)
    assert torch.equal(given, torch.rand(4))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_of_a_gpu_both_are_on_it():
    place = torch.device("cuda", torch.cuda.current_device())
    assert generator_on(place).device == place
    torch.manual_seed(5)
    given = torch.rand(4, device=place, generator=default_generator_of(place))
    torch.manual_seed(5)
    assert torch.equal(given, torch.rand(4, device=place))
