"""Plugins that do what harm they can, the recipes to use beside them, and a process that calls verb after verb.

Run as a program with a JSON list of command lines, it prints what came of each: exit code, both streams, and which
processes had imported the plugin `spy`. Before each verb the plugins are forgotten, so that each imports them anew.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

LOSS = '"loss", "mine", "{}:mine", "A loss."'

# By plugin: the source of its module. `LOSS` is added to those that would otherwise work.
PLUGINS = {
    "raising": "1 / 0",
    "exiting": "raise SystemExit(0)",
    "lacking": "import a_package_that_nobody_has",
    "future": "from ganforge.plugins import Novelty\nGANFORGE_API = 999",
    "misspelt": """
        from ganforge.plugins import hookimpl
        @hookimpl
        def ganforge_componnents(): return []
    """,
    "unmarked": "def ganforge_componnents(): return []",
    "doubled": """
        from ganforge.plugins import Component, hookimpl
        @hookimpl
        def ganforge_components(): return [Component("loss", "mine", "m:x", "A loss.")] * 2
    """,
    "chatty": """
        print("hello from chatty")
        from ganforge.plugins import Component, hookimpl
        @hookimpl
        def ganforge_components():
            print("and again")
            return [
                Component("loss", "brightness", "chatty_parts:brightness", "A preference for dark images."),
                Component("dataset", "leaving", "chatty_parts:Leaving", "A dataset that ends the process."),
            ]
        @hookimpl
        def ganforge_run_started(directory, recipe): print("a run")
        @hookimpl
        def ganforge_doctor(): raise RuntimeError("no doctor")
    """,
    "shouting": """
        import os, sys
        os.system("echo hello from a process")
        os.write(1, b"hello from below\\n")
        sys.__stdout__.write("hello from behind\\n")
        sys.stdout.close()
    """,
    "slow": "import time; time.sleep(0.6)",
    "patching": """
        import os, signal, sys, warnings
        import torch
        from torch.nn import functional
        torch.optim.SGD.step = lambda self, closure=None: None
        functional.relu = lambda input, inplace=False: torch.relu_(input) if inplace else torch.relu(input)
        torch.set_default_dtype(torch.float64)
        torch.use_deterministic_algorithms(True)
        warnings.simplefilter("always")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.environ["GANFORGE_RUNS"] = "elsewhere"
        sys.path.insert(0, os.path.join(os.path.dirname(__file__), "shadows"))
        os.chdir("/")
    """,
    "spy": """
        import os
        with open(os.environ["SPY"], "a") as file:
            file.write(f"{os.getpid()}\\n")
    """,
}
BROKEN = ("raising", "exiting", "lacking", "future", "misspelt", "unmarked", "doubled", "packaged")
PACKAGE = """
print("hello from a package")
class Odd(BaseException): pass
raise Odd("not even an Exception")
"""
BRIGHTNESS = """
print("hello from a component")
def brightness(transferred_source):
    "A preference for dark images."
    return transferred_source.mean()
"""
DATASET = """
class Leaving:
    "A dataset that ends the process."
    classes = None
    def __init__(self):
        print("hello from a dataset")
        raise SystemExit(0)
"""
ENCODER = """\
[recipe]
name = "encoder"
[data.images]
use = "digits/synthetic-street"
count = 40
[networks.classifier]
use = "digits/strided-cnn"
width = 8
[method]
use = "basics/classifier"
[losses.classification]
use = "basics/classification"
[train]
steps = 2
batch_size = 4
"""
TINY = """\
[recipe]
name = "tiny"
[data.source]
use = "digits/synthetic-street"
count = 40
validation = 10
[data.target]
use = "digits/synthetic-handwriting"
count = 40
resize = 32
[networks.encoder]
use = "digits/strided-cnn"
width = 8
weights = { recipe = "encoder.toml" }
[networks.generator]
use = "dtn/digit-generator"
width = 8
[networks.discriminator]
use = "dtn/digit-discriminator"
width = 8
[method]
use = "dtn/dtn"
[losses.adversarial]
use = "dtn/ternary-adversarial"
[losses.constancy]
use = "dtn/f-constancy"
[losses.brightness]
use = "chatty/brightness"
[train]
steps = 2
batch_size = 4
"""
NOISE = """\
[recipe]
name = "noise"
[data.images]
use = "digits/synthetic-handwriting"
count = 40
resize = 32
[networks.generator]
use = "gans/dcgan-generator"
width = 8
[networks.discriminator]
use = "gans/dcgan-discriminator"
width = 8
[method]
use = "gans/unconditional"
latent_dim = 8
[losses.adversarial]
use = "gans/non-saturating"
[train]
steps = 2
batch_size = 4
"""
STUDY = """\
[study]
name = "small"
base = "tiny.toml"
seeds = [0]
sets = ["validation"]
metric = "encoder-accuracy"
[study.set]
"metrics.encoder-accuracy" = { use = "dtn/encoder-accuracy" }
[variants.all]
title = "all of it"
"""


def install(site: Any) -> None:
    """Install all of them below a `tests.conftest.Site`."""
    for name, source in PLUGINS.items():
        site.install(name, {f"{name}_plugin": source})
    (site.path / "chatty_parts.py").write_text(BRIGHTNESS + DATASET, encoding="utf-8")
    package = site.path / "packaged"
    package.mkdir()
    (package / "__init__.py").write_text(PACKAGE, encoding="utf-8")
    (package / "plugin.py").write_text("", encoding="utf-8")
    site.install("packaged", target="packaged.plugin")
    site.install("copied", {"copied_plugin": ""})
    for distribution in ("ganforge-twin", "twin-tools"):
        site.install("twin", None, LOSS.format("twin"), distribution=distribution)
    site.install("dtn", None, LOSS.format("stranger"), distribution="stranger")
    shadows = site.path / "shadows"
    shadows.mkdir()
    (shadows / "tomlkit.py").write_text("raise ImportError('shadowed')", encoding="utf-8")


def write_recipes(folder: Path) -> None:
    """Write the recipes and a study."""
    for name, text in (("encoder", ENCODER), ("tiny", TINY), ("noise", NOISE), ("small", STUDY)):
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    (folder / "bad.toml").write_text(TINY.replace("chatty/brightness", "raising/mine"), encoding="utf-8")


def call(arguments: list[str]) -> dict[str, Any]:
    """Call a verb."""
    from ganforge.cli import main

    for name in PLUGINS:
        if name != "slow":  # once is enough
            sys.modules.pop(f"{name}_plugin", None)
    spy = Path(os.environ["SPY"])
    spy.unlink(missing_ok=True)
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["ganforge", *arguments]
    code: Any = "nothing"
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    pids = sorted(set(spy.read_text().split())) if spy.exists() else []
    return {"code": code, "out": out.getvalue(), "err": err.getvalue(), "spied": len(pids)}


if __name__ == "__main__":
    print(json.dumps([call(arguments) for arguments in json.loads(sys.argv[1])]))
