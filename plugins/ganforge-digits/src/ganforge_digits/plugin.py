"""Plugin `digits`: real and synthetic data sets of digits, and encoders of digits."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

GANFORGE_API = 1

COMPONENTS = (
    Component(
        "dataset",
        "svhn",
        "ganforge_digits.svhn:SVHN",
        "SVHN: house numbers from street photographs, cropped to one digit each; 32x32 RGB, 10 classes.",
    ),
    Component(
        "dataset",
        "mnist",
        "ganforge_digits.mnist:MNIST",
        "MNIST: handwritten digits, white on black; 28x28 grey, 10 classes, 60,000 to train on, 10,000 to test.",
    ),
    Component(
        "dataset",
        "usps",
        "ganforge_digits.usps:USPS",
        "USPS: digits scanned from envelopes; 16x16 grey, 10 classes, 7,291 for training and 2,007 for testing.",
    ),
    Component(
        "dataset",
        "synthetic-street",
        "ganforge_digits.synthetic_street:SyntheticStreet",
        "Generated street numbers like SVHN's cropped digits: RGB 32x32, for use without a network connection.",
    ),
    Component(
        "dataset",
        "synthetic-handwriting",
        "ganforge_digits.synthetic_handwriting:SyntheticHandwriting",
        "Generated handwritten digits like MNIST: grey 28x28, white on black, for use without a network connection.",
    ),
    Component(
        "encoder",
        "strided-cnn",
        "ganforge_digits.strided_cnn:StridedCNN",
        "Digit encoder of the DTN's replication: strided convolutions, unbounded code (Hua et al., CS229, 2017).",
    ),
    Component(
        "encoder",
        "deep-cnn",
        "ganforge_digits.deep_cnn:DeepCNN",
        "Digit encoder of seven convolutions with batch norm: two per stage, the second with stride 2.",
    ),
    Component(
        "encoder",
        "pooled-cnn",
        "ganforge_digits.pooled_cnn:PooledCNN",
        "Digit encoder of the DTN's paper: convolutions, max pooling, unbounded code (Taigman et al., 2016).",
    ),
    Component(
        "encoder",
        "residual-cnn",
        "ganforge_digits.residual_cnn:ResidualCNN",
        "Small residual classifier with batch norm: a judge with another architecture than f (He et al., 2016).",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """Return the components of this plugin."""
    return COMPONENTS
