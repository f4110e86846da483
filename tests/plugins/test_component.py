"""The declaration of a component, and files in its package: found without importing it, never outside it."""

from __future__ import annotations

import sys
import zipfile

import pytest

from ganforge.errors import PluginError
from ganforge.plugins.component import KINDS, Component, find_packaged, is_packaged, kind_named, leaves_package


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


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"weights_source": "m:SOURCE"}, "names no file"),
        ({"weights_source": "m.SOURCE", "weights": "package:x", "sha256": "0a" * 32}, '"module:attribute"'),
    ],
)
def test_a_source_of_weights_comes_with_a_file_and_is_an_attribute(fields, message):
    with pytest.raises(PluginError) as caught:
        Component("encoder", "x", "m:x", "s", **fields)
    assert message in str(caught.value)


def test_a_file_that_was_made_here_is_found_where_the_package_lacks_it(package, monkeypatch, tmp_path):
    monkeypatch.setenv("GANFORGE_WEIGHTS", str(tmp_path))
    made = tmp_path / "heavy_package" / "data" / "made.bin"
    assert find_packaged("heavy_package:data/made.bin") != made
    made.parent.mkdir(parents=True)
    made.write_bytes(b"made")
    assert find_packaged("heavy_package:data/made.bin") == made


def test_kinds_go_by_their_plurals_too():
    assert [kind_named(f"{kind}{'es' if kind == 'loss' else 's'}") for kind in KINDS] == list(KINDS)
    assert [kind_named(kind) for kind in KINDS] == list(KINDS)
    assert kind_named("lossy") is None
    assert kind_named("") is None


@pytest.fixture
def package(site):
    folder = site.path / "heavy_package"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "data" / "x.bin").write_bytes(b"x")
    return folder


@pytest.mark.parametrize("text", ["package:x.safetensors", "my_package2:folder/x.safetensors"])
def test_a_package_and_a_path_are_told_from_other_paths(text):
    assert is_packaged(text)
    assert not leaves_package(text)


@pytest.mark.parametrize("text", ["x.safetensors", "C:/x.safetensors", "/a:b/x", "../package:x", "a.b:x", "package:"])
def test_other_paths_are_not_packaged(text):
    assert not is_packaged(text)


@pytest.mark.parametrize("path", ["../x", "data/../../x", "/etc/x", "data\\..\\x"])
def test_a_path_that_leaves_the_package_is_found_out(path):
    assert leaves_package(f"package:{path}")


def test_a_file_is_found_without_importing_its_package(package):
    assert find_packaged("heavy_package:data/x.bin") == package / "data" / "x.bin"
    assert "heavy_package" not in sys.modules


def test_a_file_that_is_not_there_has_a_path_too(package):
    path = find_packaged("heavy_package:none.bin")
    assert path == package / "none.bin"
    assert not path.exists()


def test_there_is_no_file_in_what_is_no_package(package):
    (package.parent / "single_module.py").write_text("")
    assert find_packaged("no_such_package:x.bin") is None
    assert find_packaged("single_module:x.bin") is None
    assert find_packaged("__main__:x.bin") is None


def test_a_zipped_package_has_no_file(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.writestr("zipped_package/__init__.py", "")
        archive.writestr("zipped_package/x.bin", "x")
    monkeypatch.syspath_prepend(str(tmp_path / "site.zip"))
    path = find_packaged("zipped_package:x.bin")
    assert path is not None
    assert not path.is_file()
