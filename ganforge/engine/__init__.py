"""From a recipe to a trained, measured result."""
