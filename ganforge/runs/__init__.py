"""Run directories: layout, locking, and files that survive a crash."""
