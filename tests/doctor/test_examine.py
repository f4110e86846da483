"""The examination as a whole: a part that fails is a finding among the others."""

from __future__ import annotations

from ganforge.doctor import Finding
from ganforge.doctor import examine as module
from ganforge.doctor.examine import examine


def test_a_part_that_fails_is_an_error_and_the_others_go_on(monkeypatch, tmp_path):
    def torch_stack():
        yield Finding("torch", "ok", "there")
        raise RuntimeError("a\nbug")

    monkeypatch.setattr(module, "torch_stack", torch_stack)
    found = examine(data=tmp_path, runs=tmp_path, cache=tmp_path)
    assert [finding.state for finding in found["torch"]] == ["ok", "error"]
    assert found["torch"][1].text == "this part of the examination failed: RuntimeError: a bug"
    assert {"software", "plugins", "torch", "machine", "folders", "environment"} <= set(found)
