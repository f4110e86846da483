"""Data sets of digits and encoders of digits, for ganforge."""
