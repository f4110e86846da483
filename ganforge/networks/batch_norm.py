"""Batch-norm statistics for measuring networks.

In training, g normalises codes of source and target images by their own batches, while its running statistics mix the
two. The mode of evaluation therefore changes the numbers of a domain transfer, and a recipe states it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def batch_norm(networks: Mapping[str, nn.Module], mode: str, calibrate: Callable[[], None]) -> Iterator[None]:
    """Put networks into eval mode with the chosen statistics; restore modes and buffers on exit.

    The mode is `running`, `batch` or `recalibrated` (see `EvaluateTable`). For the last one, `calibrate` is called to
    send training images through the networks.
    """
    training = [(module, module.training) for network in networks.values() for module in network.modules()]
    buffers = [(buffer, buffer.clone()) for network in networks.values() for buffer in network.buffers()]
    try:
        if mode == "recalibrated":
            recalibrate(networks, calibrate)
        else:
            _evaluating(networks, layers_train=mode == "batch")
        yield
    finally:
        for module, mode_before in training:
            module.training = mode_before
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)


def recalibrate(networks: Mapping[str, nn.Module], calibrate: Callable[[], None]) -> None:
    """Replace running statistics by plain means over the batches that `calibrate` sends through; leave eval mode on."""
    momenta = [(layer, layer.momentum) for layer in _layers(networks)]
    _evaluating(networks, layers_train=True)
    try:
        for layer, _ in momenta:
            layer.reset_running_stats()
            layer.momentum = None
        calibrate()
    finally:
        for layer, momentum in momenta:
            layer.momentum = momentum
        _evaluating(networks, layers_train=False)


class Calibrated:
    """The statistics of batch norm that networks were last calibrated to, good until one of their parameters changes.

    Samples, validation and the checkpoint of one step then share one calibration. Parameters are compared by value: an
    optimizer may change them in a way that torch does not count.
    """

    def __init__(self) -> None:
        self._parameters: list[Tensor] | None = None
        self._statistics: list[Tensor] = []

    def keep(self, networks: Mapping[str, nn.Module]) -> None:
        """Remember the present statistics."""
        self._parameters = [parameter.detach().clone() for parameter in _parameters(networks)]
        self._statistics = [buffer.clone() for buffer in _statistics(networks)]

    def restore(self, networks: Mapping[str, nn.Module]) -> bool:
        """Put the statistics back; return False if there are none for these parameters."""
        now, then, statistics = _parameters(networks), self._parameters, _statistics(networks)
        if then is None or len(now) != len(then) or len(statistics) != len(self._statistics):
            return False
        if not all(map(torch.equal, now, then)):
            return False
        for buffer, kept in zip(statistics, self._statistics, strict=True):
            buffer.copy_(kept)
        return True


def _parameters(networks: Mapping[str, nn.Module]) -> list[Tensor]:
    return [parameter for network in networks.values() for parameter in network.parameters()]


def _statistics(networks: Mapping[str, nn.Module]) -> list[Tensor]:
    return [buffer for layer in _layers(networks) for buffer in layer.buffers()]


def _evaluating(networks: Mapping[str, nn.Module], *, layers_train: bool) -> None:
    for network in networks.values():
        network.eval()
    for layer in _layers(networks):
        layer.train(layers_train)


def _layers(networks: Mapping[str, nn.Module]) -> Iterator[_BatchNorm]:
    for network in networks.values():
        for layer in network.modules():
            if isinstance(layer, _BatchNorm) and layer.track_running_stats:
                yield layer
