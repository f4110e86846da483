"""The interpreter, the machine and the environment variables."""

from __future__ import annotations

import os
import platform

from ganforge.doctor import machine
from ganforge.doctor.machine import environment, hardware, installed_version, software, usable_cores


def test_the_interpreter_and_the_packages_are_told():
    found = {finding.name: finding for finding in software()}
    assert {finding.state for finding in found.values()} == {"ok"}
    assert found["python"].text.startswith(platform.python_version())
    assert found["packages"].facts["numpy"] == installed_version("numpy")


def test_a_package_that_is_missing_is_an_error(monkeypatch):
    monkeypatch.setattr(machine, "PACKAGES", ("numpy", "nothing-of-that-name"))
    found = {finding.name: finding for finding in software()}["packages"]
    assert (found.state, found.fix) == ("error", "reinstall ganforge, which needs nothing-of-that-name")
    assert found.text.startswith("nothing-of-that-name not installed; numpy ")


def test_a_quota_and_a_limit_count_where_there_are_any(monkeypatch):
    files = {
        "/sys/fs/cgroup/cpu.max": "150000 100000",
        "/sys/fs/cgroup/memory.max": str(2**30),
        "/proc/meminfo": "MemTotal:       8388608 kB\nMemAvailable:   4194304 kB\nHugePages_Total:       0",
    }
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**21}.__getitem__)
    monkeypatch.setattr(machine, "_read", lambda path: files.get(path, ""))
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    found = {finding.name: finding for finding in hardware()}
    assert found["processor"].text.endswith("8 cores, of which this process may use 1.5")
    assert found["memory"].text == "8.0 GiB in all, 4.0 GiB available, 1.0 GiB allowed to this container"


def test_without_any_the_system_says(monkeypatch):
    monkeypatch.setattr(machine, "_read", lambda path: "")
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
    assert "GiB in all" in {finding.name: finding for finding in hardware()}["memory"].text


def test_of_variables_those_that_count_are_told_and_no_secrets(monkeypatch):
    monkeypatch.setenv("GANFORGE_DATA", "/somewhere")
    monkeypatch.setenv("GANFORGE_ACME_TOKEN", "hush")
    monkeypatch.setenv("SOMETHING_ELSE", "x")
    found = {finding.name: finding.text for finding in environment()}
    assert found["GANFORGE_DATA"] == "/somewhere"
    assert found["GANFORGE_ACME_TOKEN"] == "(set)"
    assert "SOMETHING_ELSE" not in found
