"""Which statistics batch norm uses when networks are measured.

In training, g normalises codes of source and of target images by their own batches, while its running statistics mix
the two. So the mode of evaluation changes the numbers of a domain transfer, and a recipe states it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def batch_norm(networks: Mapping[str, nn.Module], mode: str, calibrate: Callable[[], None]) -> Iterator[None]:
    """Put networks into eval mode with the chosen statistics; everything is as it was afterwards.

    Args:
        networks: the networks to measure.
        mode: `running`, `batch` or `recalibrated` (see `EvaluateTable`).
        calibrate: sends training images through the networks; called for `recalibrated`.
    """
    training = {name: network.training for name, network in networks.items()}
    buffers = [(buffer, buffer.clone()) for network in networks.values() for buffer in network.buffers()]
    momenta = {layer: layer.momentum for layer in _layers(networks)}
    try:
        for network in networks.values():
            network.eval()
        if mode == "recalibrated":
            recalibrate(networks, calibrate)
        elif mode == "batch":
            for layer in momenta:
                layer.train()
        yield
    finally:
        for name, network in networks.items():
            network.train(training[name])
        for buffer, value in buffers:
            buffer.copy_(value)
        for layer, momentum in momenta.items():
            layer.momentum = momentum


def recalibrate(networks: Mapping[str, nn.Module], calibrate: Callable[[], None]) -> None:
    """Replace the running statistics of batch norm by plain means over what `calibrate` sends through."""
    layers = list(_layers(networks))
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    calibrate()
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
        layer.eval()


def _layers(networks: Mapping[str, nn.Module]) -> Iterator[_BatchNorm]:
    for network in networks.values():
        for layer in network.modules():
            if isinstance(layer, _BatchNorm) and layer.track_running_stats:
                yield layer
