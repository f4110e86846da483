"""Watching a run: listeners of the core, and trackers that plugins contribute."""
