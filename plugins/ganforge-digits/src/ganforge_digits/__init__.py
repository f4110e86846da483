"""Digit data sets and networks that read digits, for ganforge."""
