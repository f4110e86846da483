"""Writers of the pages of `docs/generate.py`, one module for each page or group of pages."""
