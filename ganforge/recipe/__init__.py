"""Recipes: TOML in, a checked and resolved `Recipe` out, or every mistake at once."""
