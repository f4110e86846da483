"""Guarded imports of foreign code: output redirected, changes of process-wide state reported and restored."""
