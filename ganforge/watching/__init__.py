"""Observers of a run: listeners of the core, and trackers of plugins."""
