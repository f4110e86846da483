"""The examination as a whole: a part that fails is a finding among the others."""

from __future__ import annotations

from ganforge.doctor import examine as module
from ganforge.doctor.examine import examine
from ganforge.doctor.finding import Finding


def test_a_part_that_fails_is_an_error_and_the_others_go_on(monkeypatch, tmp_path):
    def torch_stack():
        yield Finding("torch", "ok", "there")
        raise RuntimeError("a\nbug")

    monkeypatch.setattr(module, "torch_stack", torch_stack)
    found = examine(tmp_path, tmp_path, tmp_path)
    sections = {section.title: section for section in found.sections}
    assert [finding.state for finding in sections["torch"].findings] == ["ok", "error"]
    assert sections["torch"].findings[1].text == "this part of the examination failed: RuntimeError: a bug"
    assert {"software", "plugins", "torch", "machine", "folders", "environment"} <= set(sections)
    assert not found.is_usable


def test_a_warning_is_no_obstacle(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "torch_stack", lambda: iter([Finding("torch", "warning", "old")]))
    found = examine(tmp_path, tmp_path, tmp_path)
    assert found.is_usable
    assert found.count("warning") == 1
    assert found.as_data()["usable"] is True
