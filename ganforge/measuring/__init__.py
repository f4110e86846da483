"""Measuring: one forward pass over given inputs, the metrics computed from it, and judges of the outputs."""
