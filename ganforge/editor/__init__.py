"""Support of editors and shells: a JSON Schema of recipes, the keys and values in it, and a cached copy."""
