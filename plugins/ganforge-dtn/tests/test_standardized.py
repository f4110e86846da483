"""Codes that are standardised in each domain by its own statistics."""

import pytest
import torch
from torch import Tensor, nn

from ganforge.quantities.graph import Graph
from ganforge_dtn.method import DomainTransferNetwork
from ganforge_dtn.standardized import StandardizedTransfer, shifted


class Reader(nn.Module):
    """Encoder of colour images with the mean of each channel as its code, and a head that doubles it."""

    in_channels = 3
    code_dim = 3

    def forward(self, images: Tensor) -> Tensor:
        return images.mean((2, 3))

    def classify(self, code: Tensor) -> Tensor:
        return code * 2


def test_codes_have_mean_0_and_spread_1_in_their_domain() -> None:
    method, images = StandardizedTransfer(), torch.rand(50, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    for domain, code in (("source", method.source_code), ("target", method.target_code)):
        raw = getattr(method, f"raw_{domain}_code")(Reader(), images)
        statistics = getattr(method, f"{domain}_mean")(raw), getattr(method, f"{domain}_spread")(raw)
        found = code(raw, *statistics)
        assert torch.allclose(found.mean(0), torch.zeros(3), atol=1e-5)
        assert torch.allclose(found.std(0), torch.ones(3), atol=1e-5)


def test_outputs_are_read_by_the_statistics_of_the_target() -> None:
    quantities = StandardizedTransfer.quantities()
    for name in ("transferred_code", "view_code", "target_code"):
        assert quantities[name].needs[1:] == ("target_mean", "target_spread")
    assert quantities["source_code"].needs[1:] == ("source_mean", "source_spread")


def test_a_dimension_that_hardly_varies_has_the_least_spread() -> None:
    codes = torch.tensor([[0.0, 5.0], [2.0, 5.0]])
    spread = StandardizedTransfer(floor=0.1).target_spread(codes)
    assert spread.tolist() == pytest.approx([2**0.5, 0.1 * 2**0.5 / 2])


def test_codes_that_never_vary_are_no_division_by_zero() -> None:
    method, same = StandardizedTransfer(), torch.ones(4, 2)
    assert method.source_code(same, method.source_mean(same), method.source_spread(same)).tolist() == [[0.0, 0.0]] * 4


def test_the_head_reads_codes_as_f_gives_them() -> None:
    graph = Graph(StandardizedTransfer, StandardizedTransfer.networks, StandardizedTransfer.data)
    for domain in ("source", "transferred", "view"):
        assert graph.quantities[f"{domain}_logits"].needs == ("encoder", f"raw_{domain}_code")
        assert graph.heads(f"{domain}_logits") == {"encoder"}
    assert StandardizedTransfer().source_logits(Reader(), torch.ones(1, 3)).tolist() == [[2.0] * 3]


def test_g_is_measured_from_the_source_alone() -> None:
    graph = Graph(StandardizedTransfer, StandardizedTransfer.networks, StandardizedTransfer.data)
    assert graph.measured_from("transferred_source") == {"encoder", "generator", "source"}
    assert graph.measured_from("transferred_code") == {"encoder", "generator", "source"}
    assert graph.statistics_of(["transferred_source"]) == {"source_mean", "source_spread"}


def test_every_quantity_of_the_dtn_is_there() -> None:
    assert DomainTransferNetwork.quantities().keys() < StandardizedTransfer.quantities().keys()


def test_a_symmetric_code_is_the_mean_of_an_image_and_its_mirror_image() -> None:
    class Corner(Reader):
        def forward(self, images: Tensor) -> Tensor:
            return images[..., 0, 0]

    images = torch.rand(5, 3, 4, 6, generator=torch.Generator().manual_seed(0))
    for symmetric in (True, False):
        method = StandardizedTransfer(symmetric=symmetric)
        code = method.raw_source_code(Corner(), images)
        assert torch.equal(code, method.raw_target_code(Corner(), images))
        assert torch.equal(code, method.raw_transferred_code(Corner(), images))
        assert torch.equal(code, method.raw_source_code(Corner(), images.flip(3))) == symmetric
        assert torch.equal(method.raw_view_code(Corner(), images), images[..., 0, 0])  # mirrored by views, if at all
    mean = (images[..., 0, 0] + images[..., 0, 5]) / 2
    assert torch.equal(StandardizedTransfer(symmetric=True).raw_source_code(Corner(), images), mean)


@pytest.mark.parametrize("right", [-0.5, -0.25, 0.0, 0.25])
@pytest.mark.parametrize("down", [-0.4, 0.0, 0.2])
def test_a_shift_moves_pixels_and_repeats_the_edge(right: float, down: float) -> None:
    images = torch.arange(40.0).view(1, 2, 5, 4)
    rows = [min(max(row - round(down * 5), 0), 4) for row in range(5)]
    columns = [min(max(column - round(right * 4), 0), 3) for column in range(4)]
    assert torch.equal(shifted(images, right, down), images[:, :, rows][:, :, :, columns])


def test_f_sees_targets_and_outputs_moved_and_the_source_as_it_is() -> None:
    class Corner(Reader):
        def forward(self, images: Tensor) -> Tensor:
            return images[:, :, 0, 0]

    method, images = StandardizedTransfer(target_shift=(0.0, -0.5)), torch.arange(48.0).view(1, 3, 4, 4)
    assert torch.equal(method.raw_source_code(Corner(), images), images[:, :, 0, 0])
    for read in (method.raw_target_code, method.raw_transferred_code, method.raw_view_code):
        assert torch.equal(read(Corner(), images), images[:, :, 2, 0])
