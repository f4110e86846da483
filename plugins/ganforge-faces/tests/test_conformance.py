"""The conformance checks of all components of `faces`."""

from ganforge.testing import check_plugin

FEW = {"count": 60, "size": 32}
CLASSES = {"classes": 576}  # the attributes' combinations, which the data imply in a recipe

test_faces = check_plugin(
    "faces",
    options={
        "synthetic-portraits": FEW,
        "synthetic-avatars": FEW,
        "attribute-cnn": CLASSES,
        "attribute-residual-cnn": CLASSES,
    },
)
