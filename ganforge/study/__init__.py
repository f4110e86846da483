"""Studies: a recipe, variants of it and seeds in; runs like any other, and a table of what they showed, out."""
