"""The residual judge: small, fast, and accurate enough."""

from __future__ import annotations

import gzip
import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from ganforge_digits.residual_cnn import ResidualBlock, ResidualCNN


def test_it_is_small_and_cheap() -> None:
    judge = ResidualCNN(in_channels=1)
    with FlopCounterMode(display=False) as counter:
        judge.classify(judge(torch.zeros(1, 1, 32, 32)))
    assert 300_000 < sum(parameter.numel() for parameter in judge.parameters()) < 500_000
    assert counter.get_total_flops() / 2 < 12e6  # the counter counts a multiplication and an addition as two


def test_a_block_whose_residual_is_zero_is_its_shortcut() -> None:
    block = ResidualBlock(4, 8).eval()
    x = torch.randn(2, 4, 7, 7, generator=torch.Generator().manual_seed(1))
    assert block(x).shape == (2, 8, 4, 4)
    weights = dict(block.named_parameters())
    expected = functional.conv2d(x, weights["shortcut.0.weight"], stride=2) / math.sqrt(1 + 1e-5)
    torch.nn.init.zeros_(weights["residual.4.weight"])
    torch.testing.assert_close(block(x), expected.relu())


def test_channels_double_as_the_image_halves() -> None:
    judge = ResidualCNN(in_channels=3, width=4)
    outputs = [layer.out_channels for layer in judge.modules() if isinstance(layer, nn.Conv2d)]
    assert outputs == [4, 8, 8, 8, 16, 16, 16, 32, 32, 32]


def test_evaluation_uses_the_running_statistics() -> None:
    judge = ResidualCNN(in_channels=1)
    images = torch.rand(8, 1, 32, 32, generator=torch.Generator().manual_seed(1)) + 3
    trained = judge(images)
    assert not torch.allclose(judge.eval()(images), trained, atol=1e-2)


def mnist(folder: Path, part: str) -> tuple[Tensor, Tensor]:
    pixels = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    images = torch.from_numpy(np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 1, 28, 28).astype(np.float32))
    resized = functional.interpolate(images, 32, mode="bilinear", align_corners=False)
    return resized / 127.5 - 1, torch.from_numpy(np.frombuffer(labels, np.uint8, offset=8).astype(np.int64))


@pytest.mark.slow
@pytest.mark.skipif("GANFORGE_DATA" not in os.environ, reason="GANFORGE_DATA names no folder of real images")
def test_two_epochs_of_mnist_make_a_judge() -> None:
    folder = Path(os.environ["GANFORGE_DATA"]) / "mnist" / "MNIST" / "raw"
    (images, labels), (test_images, test_labels) = mnist(folder, "train"), mnist(folder, "t10k")
    torch.manual_seed(0)
    judge = ResidualCNN(in_channels=1)
    optimizer = torch.optim.Adam(judge.parameters(), fused=True)
    batches = torch.stack([torch.randperm(60_000)[: 468 * 128].view(468, 128) for _ in range(2)]).flatten(0, 1)
    for step, batch in enumerate(batches):
        optimizer.param_groups[0]["lr"] = 3e-3 * min((step + 1) / 50, (1 + math.cos(math.pi * step / len(batches))) / 2)
        optimizer.zero_grad()
        functional.cross_entropy(judge.classify(judge(images[batch])), labels[batch]).backward()
        optimizer.step()
    judge.eval()
    with torch.no_grad():
        guesses = torch.cat([judge.classify(judge(part)).argmax(dim=1) for part in test_images.split(1000)])
    assert (guesses == test_labels).double().mean() >= 0.99
