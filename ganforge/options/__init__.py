"""A component's options: the schema that its signature declares, and checking a recipe's values against it."""
