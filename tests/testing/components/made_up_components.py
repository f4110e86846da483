"""The plugin `made-up`: right and wrong components, all declared as their docstrings say, but for one."""

import importlib

from ganforge.plugins import Component, hookimpl

MODULES = ("made_up_networks", "made_up_losses", "made_up_noises", "made_up_slopes", "made_up_others")


@hookimpl
def ganforge_components():
    yield Component("distance", "polite", "impolite:polite", "A distance in a module that changes a global setting.")
    for name in MODULES:
        module = importlib.import_module(name)
        for found in (module.RIGHT, module.WRONG):
            for kind, targets in found.items():
                for target in targets:
                    summary = (target.__doc__ or "").split("\n")[0]
                    summary = "Something else." if target.__name__ == "NoSummary" else summary
                    yield Component(
                        kind, target.__name__.lower().replace("_", "-"), f"{name}:{target.__name__}", summary
                    )
