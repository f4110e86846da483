"""Live networks: their numerics on a device, their weights, their averages and their batch-norm statistics."""
