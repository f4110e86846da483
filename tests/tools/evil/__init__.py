"""Evil inputs by their kind: each module registers its own in `registry`."""

from evil import arrays, images, recipes, runs, servers, weights

__all__ = ["arrays", "images", "recipes", "runs", "servers", "weights"]
