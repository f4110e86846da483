"""Run directories: where they lie, who writes to them, and how what they hold survives a crash."""
