"""Metrics of validation and test images, one per file.

Those of how much the outputs look like the target compare features, the codes that each judge reads in images, where
the literature takes those of an Inception network: a digit's judge knows digits, and needs no download. The part of a
result that ends in a judge's name is what that judge says. Everything is computed in float64.
"""
