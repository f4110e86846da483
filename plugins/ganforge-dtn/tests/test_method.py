"""The quantities of the DTN, computed by f, g and D."""

import pytest
import torch
from torch import Tensor, nn

from ganforge.errors import ShapeError
from ganforge.method import DataFacts
from ganforge_dtn.adversarial import BinaryAdversarial, TernaryAdversarial
from ganforge_dtn.method import DomainTransferNetwork


class Reader(nn.Module):
    """Encoder of colour images with the mean of each channel as its code."""

    in_channels = 3
    code_dim = 3

    def forward(self, images: Tensor) -> Tensor:
        return images.mean((2, 3))

    def classify(self, code: Tensor) -> Tensor:
        return code * 2


SOURCE, TARGET = DataFacts(32, 3, 10), DataFacts(16, 1, None)


def test_facts_follow_the_data_and_the_encoder() -> None:
    method, data = DomainTransferNetwork(), {"source": SOURCE, "target": TARGET}
    assert method.facts("encoder", data, {}, {}) == {"image_size": 32, "in_channels": 3, "classes": 10}
    generator = method.facts("generator", data, {"encoder": Reader()}, {})
    assert generator == {"image_size": 16, "in_channels": 3, "out_channels": 1, "code_dim": 3}
    outputs = method.facts("discriminator", data, {}, {"a": TernaryAdversarial()})
    assert outputs == {"image_size": 16, "in_channels": 1, "outputs": 3}
    assert method.facts("discriminator", data, {}, {"a": BinaryAdversarial()})["outputs"] == 1


def test_two_adversarial_losses_that_want_different_discriminators_are_refused() -> None:
    losses = {"a": TernaryAdversarial(), "b": BinaryAdversarial()}
    with pytest.raises(ShapeError, match=r"\[1, 3\] outputs"):
        DomainTransferNetwork().facts("discriminator", {"source": SOURCE, "target": TARGET}, {}, losses)


def test_grey_images_reach_an_encoder_of_colour_images_three_times() -> None:
    grey = torch.rand(2, 1, 4, 4)
    code = DomainTransferNetwork().target_code(Reader(), grey)
    assert torch.allclose(code, grey.mean((2, 3)).expand(2, 3))


def test_without_views_the_view_is_the_image_itself() -> None:
    image = torch.rand(2, 1, 4, 4)
    assert DomainTransferNetwork().transferred_view(image) is image


def test_views_change_what_f_reads_and_pass_the_gradient_on() -> None:
    def darker(images: Tensor, generator: torch.Generator) -> Tensor:
        return images * 0.5 + torch.rand(1, generator=generator) * 0.1

    image = (torch.rand(2, 1, 4, 4) * 2 - 1).requires_grad_()
    method = DomainTransferNetwork(views=[darker])
    torch.manual_seed(0)
    view = method.transferred_view(image)
    torch.manual_seed(0)
    assert torch.equal(view, method.transferred_view(image))
    assert not torch.equal(view, method.transferred_view(image))
    (gradient,) = torch.autograd.grad(view.sum(), image)
    assert torch.allclose(gradient, torch.full_like(gradient, 0.5))


@pytest.mark.parametrize("verdict", ["source_verdict", "target_verdict", "real_verdict"])
def test_discriminator_views_change_what_d_sees_and_pass_the_gradient_on(verdict: str) -> None:
    def darker(images: Tensor, generator: torch.Generator) -> Tensor:
        return images * 0.5

    image = (torch.rand(2, 3, 4, 4) * 2 - 1).requires_grad_()
    seen = getattr(DomainTransferNetwork(discriminator_views=[darker]), verdict)(nn.Identity(), image)
    assert torch.allclose(seen, image * 0.5 - 0.5)  # half as bright in [0, 1]
    (gradient,) = torch.autograd.grad(seen.sum(), image)
    assert torch.allclose(gradient, torch.full_like(gradient, 0.5))
    assert getattr(DomainTransferNetwork(), verdict)(nn.Identity(), image) is image


def test_an_encoder_without_a_head_cannot_give_class_scores() -> None:
    with pytest.raises(ShapeError, match="no head to classify with"):
        DomainTransferNetwork().source_logits(nn.Identity(), torch.zeros(1, 3))
