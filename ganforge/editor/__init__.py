"""What editors and shells know of recipes: a JSON Schema of what is installed, and a copy that needs no imports."""
