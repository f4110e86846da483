"""What a plugin may say of a component."""

from __future__ import annotations

import pytest

from ganforge.errors import PluginError
from ganforge.plugins.component import KINDS, Component, kind_named


def test_a_component_of_the_right_form_is_accepted():
    Component("loss", "f-constancy.2", "package.module:Name", "One line.")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (("los", "x", "m:x", "s"), "unknown kind 'los'"),
        (("loss", "X", "m:x", "s"), "not lower-case"),
        (("loss", "a/b", "m:x", "s"), "not lower-case"),
        (("loss", "", "m:x", "s"), "not lower-case"),
        (("loss", "x", "m", "s"), "module:attribute"),
        (("loss", "x", "m:", "s"), "module:attribute"),
        (("loss", "x", ".m:x", "s"), "module:attribute"),
        (("loss", "x", "m:x:y", "s"), "module:attribute"),
        (("loss", "x", "m:x", ""), "one line"),
        (("loss", "x", "m:x", "two\nlines"), "one line"),
    ],
)
def test_a_component_of_another_form_is_refused(fields, message):
    with pytest.raises(PluginError, match=message):
        Component(*fields)


def test_a_component_may_bring_its_weights():
    brought = Component("encoder", "x", "m:x", "s", weights="package:folder/x.safetensors", sha256="0a" * 32)
    assert brought.weights == "package:folder/x.safetensors"


@pytest.mark.parametrize(
    ("weights", "sha256", "message"),
    [
        ("x.safetensors", "0a" * 32, "package:path"),
        ("package:../x.safetensors", "0a" * 32, "package:path"),
        ("package:x.safetensors", None, "SHA-256"),
        ("package:x.safetensors", "0A" * 32, "SHA-256"),
        ("package:x.safetensors", "", "SHA-256"),
        (None, "0a" * 32, "SHA-256"),
    ],
)
def test_weights_of_another_form_are_refused(weights, sha256, message):
    with pytest.raises(PluginError) as caught:
        Component("encoder", "x", "m:x", "s", weights=weights, sha256=sha256)
    assert message in str(caught.value)


def test_kinds_go_by_their_plurals_too():
    assert [kind_named(f"{kind}{'es' if kind == 'loss' else 's'}") for kind in KINDS] == list(KINDS)
    assert [kind_named(kind) for kind in KINDS] == list(KINDS)
    assert kind_named("lossy") is None
    assert kind_named("") is None
