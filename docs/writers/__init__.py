"""What `docs/generate.py` writes, one module for each page or group of pages."""
