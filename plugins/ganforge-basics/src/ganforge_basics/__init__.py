"""Distances, optimizers, schedulers, augmentations, metrics and folder data sets for ganforge."""
