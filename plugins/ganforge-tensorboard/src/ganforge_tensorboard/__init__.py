"""A tracker for ganforge: what runs measure, for TensorBoard."""
