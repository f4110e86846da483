"""Training steps per second of the digit DTN: the replication's own loop against ours, side by side in one process.

    python benchmarks/step.py --threads 1

Both train the same networks on the same number of random images with the same settings (one D and one G update, batch
128, constancy 15 on codes, identity 15, Adam 1e-3). Theirs is written plainly in the order of Hua, Rempe and Zhang's
joint loop: fp32, default memory layout, f run on every batch, a separate pass per domain, detached copies for D, one
loss read per update, Adam one tensor at a time; its batches lie ready in memory. Ours is the engine with its defaults
and gathers its batches from stored images. Blocks of steps alternate, so that a machine that is busy with something
else slows both; the median and the best block are printed and written as JSON.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ganforge.data.source import ImageSet
from ganforge.data.transform import SYMMETRIC
from ganforge.engine.place import choose_device
from ganforge.engine.run import torch_settings
from ganforge.networks.settings import choose_settings
from ganforge.plugins.registry import Registry
from ganforge.quantities.planner import make_plan
from ganforge.recipe.check import check_document
from ganforge.recipe.document import parse_document
from ganforge.runs.environment import cpu_model
from ganforge.training.assemble import assemble
from ganforge.training.step import Stepper

RECIPE = """
[recipe]
name = "benchmark"
[data.source]
use = "npz"
path = "unused.npz"
[data.target]
use = "npz"
path = "unused.npz"
[networks.encoder]
use = "digits/strided-cnn"
weights = { file = "unused.safetensors" }
[networks.generator]
use = "dtn/digit-generator"
[networks.discriminator]
use = "dtn/digit-discriminator"
[method]
use = "dtn"
[losses.adversarial]
use = "dtn/ternary-adversarial"
[losses.constancy]
use = "dtn/f-constancy"
weight = 15.0
[losses.identity]
use = "dtn/identity"
weight = 15.0
[optimizers.generator]
use = "adam"
lr = 1e-3
betas = [0.9, 0.999]
weight_decay = 1e-6
[optimizers.discriminator]
use = "adam"
lr = 1e-3
betas = [0.9, 0.999]
weight_decay = 1e-6
[train]
steps = 1000000
"""


class TheirLoop:
    """The replication's joint loop, as its authors wrote it, on networks of its own."""

    def __init__(self, f: nn.Module, g: nn.Module, d: nn.Module, s: Tensor, t: Tensor, batch: int) -> None:
        self.f, self.g, self.d = f, g, d
        self.s, self.t, self.batch = s, t, batch
        settings = {"lr": 1e-3, "weight_decay": 1e-6, "foreach": False, "fused": False}
        self.g_optimizer = torch.optim.Adam(g.parameters(), **settings)  # type: ignore[arg-type]
        self.d_optimizer = torch.optim.Adam(d.parameters(), **settings)  # type: ignore[arg-type]
        self.number = 0

    def step(self) -> tuple[float, float]:
        start = self.number * self.batch % (len(self.s) - self.batch + 1)
        self.number += 1
        s, t = self.s[start : start + self.batch], self.t[start : start + self.batch]
        ones = torch.ones(self.batch, dtype=torch.long, device=s.device)
        f_s, f_t = self.f(s), self.f(torch.cat((t, t, t), 1))
        g_s, g_t = self.g(f_s), self.g(f_t)

        self.d_optimizer.zero_grad()
        d_loss = functional.cross_entropy(self.d(g_s.detach()), 0 * ones)
        d_loss = d_loss + functional.cross_entropy(self.d(g_t.detach()), ones)
        d_loss = d_loss + functional.cross_entropy(self.d(t), 2 * ones)
        d_loss.backward()
        self.d_optimizer.step()

        for parameter in self.d.parameters():
            parameter.requires_grad = False
        self.g_optimizer.zero_grad()
        g_loss = functional.cross_entropy(self.d(g_s), 2 * ones) + functional.cross_entropy(self.d(g_t), 2 * ones)
        g_loss = g_loss + 15 * functional.mse_loss(self.f(torch.cat((g_s, g_s, g_s), 1)), f_s)
        g_loss = g_loss + 15 * functional.mse_loss(g_t, t)
        g_loss.backward()
        self.g_optimizer.step()
        for parameter in self.d.parameters():
            parameter.requires_grad = True
        return d_loss.item(), g_loss.item()


def our_stepper(batch: int, device: torch.device, overrides: list[str]) -> Stepper:
    """Build the engine for the benchmark's recipe, with random images and an f of random weights."""
    document = parse_document(RECIPE, Path("benchmark")).override([f"train.batch_size={batch}", *overrides])
    plan = make_plan(check_document(document, Registry()))
    settings = choose_settings(plan.recipe.train.precision, plan.recipe.train.channels_last, device)
    draw = np.random.default_rng(0)
    data = {
        role: ImageSet(role, draw.integers(0, 256, (20 * batch, 32, 32, depth), np.uint8), None, 10, SYMMETRIC, "")
        for role, depth in (("source", 3), ("target", 1))
    }
    torch.manual_seed(0)
    f: nn.Module = Registry().get("encoder", "digits/strided-cnn").load()(in_channels=3, image_size=32)
    parts = assemble(plan, data, {"encoder": (f.state_dict(), "random")}, settings)
    return Stepper(plan, parts, data, settings)


def their_loop(stepper: Stepper, batch: int) -> TheirLoop:
    """Their loop on plain copies of our networks and on the same images."""
    networks = {role: copy.deepcopy(network).float() for role, network in stepper.parts.networks.items()}
    for network in networks.values():
        network.to(memory_format=torch.contiguous_format)
        for module in network.modules():
            for kind in (nn.Conv2d, nn.ConvTranspose2d):
                if isinstance(module, kind):
                    module.__class__ = kind  # torch's own, as theirs are
    s, t = (
        stepper.batches[role].set.tensor(slice(None), stepper.settings.device).contiguous()
        for role in ("source", "target")
    )
    return TheirLoop(networks["encoder"], networks["generator"], networks["discriminator"], s, t, batch)


def seconds_per_step(step: Callable[[], object], steps: int, device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    began = time.perf_counter()
    for _ in range(steps):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return (time.perf_counter() - began) / steps


def measure(stepper: Stepper, theirs: TheirLoop, options: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds per step of alternating blocks."""
    device = stepper.settings.device
    numbers = itertools.count()
    blocks: dict[str, list[float]] = {"theirs": [], "ours": []}
    for repeat in range(options.repeats + 1):
        their_time = seconds_per_step(theirs.step, options.steps, device)
        with torch_settings(stepper.plan.recipe.train.deterministic):
            our_time = seconds_per_step(lambda: stepper.step(next(numbers)), options.steps, device)
            stepper.guard.raise_if_tripped()
        if repeat == 0:
            continue  # the first block of each warms up
        blocks["theirs"].append(their_time)
        blocks["ours"].append(our_time)
        print(f"block {repeat}: theirs {1e3 * their_time:.1f} ms/step, ours {1e3 * our_time:.1f}", flush=True)
    return blocks


def summary(seconds: list[float], batch: int) -> dict[str, dict[str, float]]:
    """Median, best and worst of some blocks."""
    found = {"median": statistics.median(seconds), "best": min(seconds), "worst": max(seconds)}
    return {
        "ms_per_step": {name: round(1e3 * value, 2) for name, value in found.items()},
        "pairs_per_second": {name: round(batch / value, 1) for name, value in found.items()},
    }


def machine(device: torch.device) -> dict[str, object]:
    return {
        "cpu": cpu_model(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        "torch": str(torch.__version__),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=4, help="steps in a block")
    parser.add_argument("--repeats", type=int, default=8, help="blocks of each")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="changes our recipe")
    parser.add_argument("--output", type=Path, help="a JSON file to write")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    before = machine(device)
    stepper = our_stepper(options.batch, device, options.set)
    blocks = measure(stepper, their_loop(stepper, options.batch), options)
    ratios = {
        "median": statistics.median(blocks["theirs"]) / statistics.median(blocks["ours"]),
        "best": min(blocks["theirs"]) / min(blocks["ours"]),
    }
    result = {
        "machine": before,
        "batch": options.batch,
        "precision": stepper.settings.precision,
        "channels_last": stepper.settings.channels_last,
        **{name: summary(seconds, options.batch) for name, seconds in blocks.items()},
        "ratio": {name: round(value, 3) for name, value in ratios.items()},
    }
    text = json.dumps(result, indent=1)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
