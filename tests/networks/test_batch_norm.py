"""The statistics that networks are measured with, and that measuring leaves no trace."""

import copy

import pytest
import torch
from torch import nn

from ganforge.networks.batch_norm import Calibrated, batch_norm, recalibrate

IMAGES = torch.randn(4, 5, 2, 6, 6, generator=torch.Generator().manual_seed(0)) * 3 + 1  # four batches of five


def network():
    torch.manual_seed(0)
    built = nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3, momentum=0.3), nn.Dropout(0.5), nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2)
    )
    with torch.no_grad():
        for layer in (built[1], built[4]):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    return built


def snapshot(module):
    return (
        copy.deepcopy(module.state_dict()),
        [part.training for part in module.modules()],
        [part.momentum for part in module.modules() if isinstance(part, nn.BatchNorm2d)],
    )


def assert_unchanged(module, before):
    tensors, modes, momenta = snapshot(module)
    assert all(torch.equal(tensor, before[0][name]) for name, tensor in tensors.items())
    assert (modes, momenta) == before[1:]


def normalised(value, layer, mean, var):
    shape = (1, -1, 1, 1)
    scaled = (value - mean.view(shape)) / (var.view(shape) + layer.eps).sqrt()
    return scaled * layer.weight.view(shape) + layer.bias.view(shape)


def forward_with(module, images, statistics):
    """The network by hand, without dropout, each norm with the mean and variance that a function gives."""
    first = module[0](images)
    second = module[3](normalised(first, module[1], *statistics(0, first)))
    return normalised(second, module[4], *statistics(1, second))


def of_batch(_, value):
    return value.mean((0, 2, 3)), value.var((0, 2, 3), correction=0)


@torch.no_grad()
def test_running_uses_the_tracked_statistics():
    module = network()
    layers = (module[1], module[4])
    expected = forward_with(module, IMAGES[0], lambda i, _: (layers[i].running_mean, layers[i].running_var))
    with batch_norm({"g": module}, "running", lambda: pytest.fail("no calibration is needed")):
        torch.testing.assert_close(module(IMAGES[0]), expected)


@torch.no_grad()
def test_batch_uses_the_statistics_of_the_batch_and_no_dropout():
    module = network()
    with batch_norm({"g": module}, "batch", lambda: pytest.fail("no calibration is needed")):
        torch.testing.assert_close(module(IMAGES[0]), forward_with(module, IMAGES[0], of_batch))


@torch.no_grad()
def test_recalibrated_uses_plain_means_over_the_calibration_batches():
    module = network()
    seen = []

    def calibrate():
        for images in IMAGES:
            first = module[0](images)
            second = module[3](normalised(first, module[1], *of_batch(1, first)))
            seen.append([(value.mean((0, 2, 3)), value.var((0, 2, 3))) for value in (first, second)])
            module(images)

    with batch_norm({"g": module}, "recalibrated", calibrate):
        means = [[torch.stack([batch[i][j] for batch in seen]).mean(0) for j in (0, 1)] for i in (0, 1)]
        torch.testing.assert_close(module(IMAGES[0]), forward_with(module, IMAGES[0], lambda i, _: means[i]))


@pytest.mark.parametrize("mode", ["running", "batch", "recalibrated"])
@torch.no_grad()
def test_everything_is_as_it_was_afterwards(mode):
    module = network().train()
    module[2].eval()  # A part may be in another mode than the whole.
    before = snapshot(module)
    with batch_norm({"g": module}, mode, lambda: module(IMAGES[1])):
        module(IMAGES[0])
        assert not module.training
        assert not module[2].training
    assert_unchanged(module, before)


@pytest.mark.parametrize("mode", ["running", "batch", "recalibrated"])
@torch.no_grad()
def test_everything_is_as_it_was_after_an_error_too(mode):
    module = network().train()
    before = snapshot(module)

    def fail():
        module(IMAGES[1])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), batch_norm({"g": module}, mode, fail):
        fail()
    assert_unchanged(module, before)


@torch.no_grad()
def test_networks_that_are_not_given_stay_untouched():
    module, frozen = network(), network().eval()
    before = snapshot(frozen)
    with batch_norm({"g": module}, "recalibrated", lambda: module(frozen(IMAGES[0].repeat(1, 1, 2, 2)))):
        assert_unchanged(frozen, before)
    assert_unchanged(frozen, before)


@torch.no_grad()
def test_recalibrating_for_good_ignores_dropout_and_ends_in_eval_mode():
    module = network().train()
    recalibrate({"g": module}, lambda: [module(images) for images in IMAGES])
    expected = torch.stack([of_batch(0, module[0](images))[0] for images in IMAGES]).mean(0)
    torch.testing.assert_close(module[1].running_mean, expected)
    second = torch.stack(
        [of_batch(1, module[3](normalised(x, module[1], *of_batch(0, x))))[0] for x in map(module[0], IMAGES)]
    ).mean(0)
    torch.testing.assert_close(module[4].running_mean, second)
    assert not any(part.training for part in module.modules())
    assert [module[1].momentum, module[4].momentum] == [0.3, 0.1]


def test_norms_without_running_statistics_are_left_alone():
    module = nn.Sequential(nn.BatchNorm2d(2, track_running_stats=False))
    with torch.no_grad(), batch_norm({"g": module}, "recalibrated", lambda: module(IMAGES[0])):
        torch.testing.assert_close(module(IMAGES[0]), normalised(IMAGES[0], module[0], *of_batch(0, IMAGES[0])))


class TestCalibrated:
    def test_gives_the_statistics_back_while_the_parameters_are_the_same(self):
        module, calibrated = network(), Calibrated()
        assert not calibrated.restore({"g": module})
        calibrated.keep({"g": module})
        before = {name: buffer.clone() for name, buffer in module.named_buffers()}
        module.train()(IMAGES[0])
        assert calibrated.restore({"g": module})
        assert all(torch.equal(buffer, before[name]) for name, buffer in module.named_buffers())

    @pytest.mark.parametrize(
        "change",
        [
            lambda module: torch.optim.SGD(module.parameters(), 0.1).step(),
            lambda module: module[0].weight.data.lerp_(module[0].weight.data + 1, 0.5),
            lambda module: setattr(module[0], "weight", nn.Parameter(module[0].weight + 1)),
        ],
        ids=["optimizer", "data", "replaced"],
    )
    def test_is_outdated_by_any_change_of_a_parameter(self, change):
        module, calibrated = network(), Calibrated()
        module(IMAGES[0]).sum().backward()
        calibrated.keep({"g": module})
        change(module)
        assert not calibrated.restore({"g": module})

    def test_is_of_these_networks(self):
        calibrated = Calibrated()
        calibrated.keep({"g": network()})
        assert not calibrated.restore({})
        assert not calibrated.restore({"g": network(), "h": network()})
        assert not calibrated.restore({"g": nn.Sequential(*list(network())[:2])})
