"""The schema that is kept is that of what is installed now, or none."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ganforge.editor.schema_cache import build, cached, cached_or_built
from ganforge.plugins.registry import Registry

PACKAGE = {"acme_plugin": "", "acme_x": "def f(value, reference, *, size: int = 1):\n    '''One.'''\n"}
COMPONENT = '"distance", "near", "acme_x:f", "One."'


def test_what_was_built_is_kept_and_what_is_kept_is_given(tmp_path):
    registry = Registry()
    assert cached(registry, tmp_path) is None
    text = cached_or_built(registry, tmp_path)
    assert cached(Registry(), tmp_path) == json.loads(text)
    assert cached_or_built(Registry(), tmp_path) == text


def test_nothing_is_kept_of_other_plugins_versions_or_files(site, tmp_path):
    module = site.path / "acme_plugin.py"
    site.install("acme", {"acme_x": "def f(value, reference):\n    '''One.'''\n"}, COMPONENT, target="acme_plugin")
    module.write_text((site.path / "ganforge_acme_plugin.py").read_text())
    without = Registry([])
    build(without, tmp_path)
    assert cached(Registry(), tmp_path) is None
    build(Registry(), tmp_path)
    assert cached(Registry(), tmp_path) is not None
    assert cached(without, tmp_path) is None  # one is enough: that of what is installed
    before = module.stat()
    os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    assert cached(Registry(), tmp_path) is None


def test_what_lacks_a_component_is_not_cached(site, tmp_path):
    site.install("acme", {"acme_x": "import no_such_module"}, COMPONENT)
    _, problems = build(Registry(), tmp_path)
    assert len(problems) == 1
    assert cached(Registry(), tmp_path) is None


def test_a_cache_that_cannot_be_written_or_is_damaged_costs_time_alone(tmp_path):
    registry = Registry()
    (tmp_path / "file").write_text("")
    text, _ = build(registry, tmp_path / "file")
    assert cached(registry, tmp_path / "file") is None
    assert build(registry, tmp_path)[0] == text
    (file,) = Path(tmp_path / "schema").iterdir()
    file.write_text("{")
    assert cached(registry, tmp_path) is None
    assert cached_or_built(registry, tmp_path) == text
