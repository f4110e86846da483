"""A tracker that writes the measurements of runs as TensorBoard events."""
