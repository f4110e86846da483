"""Tests of runs kill processes, not machines, so none of them waits for the disk."""

import os

import pytest


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", os.fstat)  # Still an error for what is not open.
