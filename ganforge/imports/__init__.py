"""Importing foreign code: what an import prints, brings along and changes, and putting that back."""
