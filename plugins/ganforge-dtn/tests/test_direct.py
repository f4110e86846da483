"""A G that reads images, with f in f-constancy only."""

import pytest
import torch
from torch import Tensor, nn

from ganforge.errors import ShapeError
from ganforge.method import DataFacts
from ganforge_dtn.direct import DirectTransfer
from ganforge_dtn.generator import DigitGenerator
from ganforge_dtn.method import DomainTransferNetwork
from ganforge_dtn.translator import DigitTranslator


class Darker(nn.Module):
    """Generator that reads images and returns half of their first channel."""

    in_channels = 3

    def forward(self, images: Tensor) -> Tensor:
        assert images.shape[1] == self.in_channels
        return images[:, :1] / 2


def test_g_needs_images_and_no_f() -> None:
    quantities = DirectTransfer.quantities()
    assert quantities["transferred_source"].needs == ("generator", "source")
    assert quantities["transferred_target"].needs == ("generator", "target")
    assert list(quantities) == list(DomainTransferNetwork.quantities())


def test_g_reads_the_images_of_both_domains_in_the_channels_of_the_source() -> None:
    method = DirectTransfer()
    colour, grey = torch.rand(2, 3, 4, 4), torch.rand(2, 1, 4, 4)
    assert torch.equal(method.transferred_source(Darker(), colour), colour[:, :1] / 2)
    assert torch.equal(method.transferred_target(Darker(), grey), grey / 2)


def test_facts_follow_the_data() -> None:
    encoder = nn.Module()
    encoder.code_dim = 7  # type: ignore[assignment]
    data = {"source": DataFacts(32, 3, 10), "target": DataFacts(32, 1, None)}
    facts = DirectTransfer().facts("generator", data, {"encoder": encoder}, {})
    assert facts == {"image_size": 32, "in_channels": 3, "out_channels": 1, "code_dim": 7}


def test_images_of_two_sizes_are_refused() -> None:
    data = {"source": DataFacts(32, 3, 10), "target": DataFacts(16, 1, None)}
    with pytest.raises(ShapeError, match=r"\[data.source\] are 32x32, those of \[data.target\] 16x16") as caught:
        DirectTransfer().facts("generator", data, {}, {})
    assert caught.value.fix == "give both the same `resize`"


def test_a_generator_of_codes_is_refused() -> None:
    generator = DigitGenerator(code_dim=3, out_channels=1, image_size=8, width=2)
    with pytest.raises(ShapeError, match="dtn/direct gives G images, and the generator DigitGenerator") as caught:
        DirectTransfer().transferred_source(generator, torch.rand(1, 3, 8, 8))
    assert caught.value.fix is not None
    assert "dtn/dtn" in caught.value.fix
    assert "dtn/digit-translator" in caught.value.fix


def test_the_dtn_refuses_a_generator_of_images() -> None:
    generator = DigitTranslator(in_channels=3, out_channels=1, image_size=8, width=2)
    with pytest.raises(ShapeError, match="dtn/dtn gives g codes of f, and the generator DigitTranslator") as caught:
        DomainTransferNetwork().transferred_source(generator, torch.rand(1, 128))
    assert caught.value.fix is not None
    assert "dtn/direct" in caught.value.fix
    assert "dtn/digit-generator" in caught.value.fix
