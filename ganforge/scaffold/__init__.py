"""A new plugin, written from templates; `MODULE` and `RECIPE` in their paths stand for its names."""
