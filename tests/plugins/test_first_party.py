"""The first-party plugins are found like anybody's; what their components must keep to, their own tests say."""

from __future__ import annotations

from ganforge.plugins.loader import FIRST_PARTY
from ganforge.plugins.registry import Registry


def test_all_first_party_plugins_are_there():
    assert {plugin.name for plugin in Registry().plugins if plugin.error is None} >= set(FIRST_PARTY)
