"""Metrics of validation and test images, one per file.

Metrics of the likeness of outputs and target compare features, the codes of images by each judge. The literature takes
the features of an Inception network; a judge of digits knows digits, and needs no download. A part of a result that
ends in a judge's name is the value by that judge. Everything is computed in float64.
"""
