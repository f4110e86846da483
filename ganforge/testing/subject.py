"""What checks look at: a component with options, as a recipe would choose it, or a plugin as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganforge.errors import GanforgeError
from ganforge.plugins.entry import Entry
from ganforge.plugins.loader import Plugin
from ganforge.plugins.registry import Registry
from ganforge.testing.check import PLUGIN, Flaw, Inapplicable

if TYPE_CHECKING:
    from ganforge.options.schema import Option
    from ganforge.recipe.document import Document
    from ganforge.recipe.recipe import ChosenComponent
    from ganforge.testing.example import Example

# The facts that recipes imply for a kind of component.
IMPLIED = {
    "dataset": {"data_root"},
    "encoder": {"image_size", "in_channels", "classes"},
    "generator": {"image_size", "in_channels", "out_channels", "code_dim", "classes"},
    "discriminator": {"image_size", "in_channels", "outputs", "classes"},
}


@dataclass(frozen=True, eq=False)
class Subject:
    """A component with options.

    Attributes:
        entry: the component.
        registry: the installed components, for those that it is to work with.
        options: as a recipe would give them; what it needs besides is made up.
        data_root: the folder that holds all data, if there is one.
        seed: of initial weights.
    """

    entry: Entry
    registry: Registry
    options: Mapping[str, Any] = field(default_factory=dict)
    data_root: Path | None = None
    seed: int = 0

    @property
    def kind(self) -> str:
        """The component's kind."""
        return self.entry.kind

    @property
    def name(self) -> str:
        """The component's full name."""
        return self.entry.name

    def with_options(self, **options: Any) -> Subject:
        """The same component with some options given."""
        return replace(self, options={**self.options, **options})

    @property
    def needed(self) -> list[Option]:
        """The options that it needs and that nobody gives."""
        known = {*IMPLIED.get(self.kind, ()), *self.options}
        return [option for option in self.entry.schema.options if option.required and option.name not in known]

    @cached_property
    def chosen(self) -> tuple[ChosenComponent, Document]:
        """The component with all options that it needs, checked as a recipe's.

        Raises:
            GanforgeError: the options do not fit, or nothing can be made up for one that it needs.
        """
        from ganforge.recipe.check import standalone
        from ganforge.testing.option_values import made_up

        given = {option.name: made_up(option, self.registry) for option in self.needed}
        return standalone(self.kind, self.name, (), self.registry, {**given, **self.options}, "the conformance kit")

    def build(self, facts: Mapping[str, Any] | None = None) -> Any:
        """Build the component as the engine does: from a seed, with what a recipe implies.

        Raises:
            GanforgeError: it refuses its options.
        """
        import torch

        from ganforge.recipe.build import build

        use, document = self.chosen
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return build(use, facts or {}, document)

    @cached_property
    def sizes(self) -> list[tuple[int, int, int]]:
        """The pixels, channels and classes or scores that a network is looked at with.

        Raises:
            GanforgeError: it refuses all that are usual.
        """
        from ganforge.testing.network_examples import accepted_sizes

        return accepted_sizes(self)

    @cached_property
    def trouble(self) -> Flaw | Inapplicable | None:
        """Why the component cannot be built and called at all; None when it can."""
        from ganforge.testing.examples import examples_of
        from ganforge.testing.faults import told

        try:
            for example in examples_of(self):
                try:
                    example.run()
                except (GanforgeError, Flaw):
                    raise
                except Exception as error:
                    return Flaw(f"{example}: {told(error)}")
        except (Flaw, Inapplicable) as found:
            return found
        except GanforgeError as error:
            return Flaw(error.message, mend=error.fix)
        except Exception as error:
            return Flaw(told(error))
        return None

    def examples(self) -> list[Example]:
        """Calls of the component, freshly built.

        Raises:
            Inapplicable: it cannot be called at all, which is for one check to say.
        """
        from ganforge.testing.examples import examples_of

        if isinstance(self.trouble, Inapplicable):
            raise self.trouble
        if self.trouble is not None:
            raise Inapplicable("it cannot be called: see the check `runs`")
        return list(examples_of(self))


@dataclass(frozen=True, eq=False)
class WholePlugin:
    """A plugin.

    Attributes:
        plugin: the plugin.
        registry: the installed components.
    """

    plugin: Plugin
    registry: Registry
    kind = PLUGIN

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.plugin.name
