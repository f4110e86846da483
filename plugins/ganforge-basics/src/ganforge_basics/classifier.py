"""Training of a classifier: the method behind encoders f and judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from ganforge.contracts import Encoder, EncoderWithHead, has_head, reads_images
from ganforge.data.transform import match_channels
from ganforge.errors import ShapeError
from ganforge.method import DataFacts, DataRole, Method, Role, quantity


class Classifier(Method):
    """Training of an encoder with a head to classify images.

    Example:
        >>> images = DataFacts(image_size=32, channels=1, classes=10)
        >>> Classifier().facts("classifier", {"images": images}, {}, {})
        {'image_size': 32, 'in_channels': 1, 'classes': 10}
    """

    networks = {"classifier": Role("encoder", "the network to train: a code and a head that classifies it")}
    data = {"images": DataRole("labelled images", labels="images_labels")}
    phases = {"classifier": {"update": "classifier"}}
    main = "classifier"
    inputs = ("images",)
    output = "logits"
    features = "code"
    optimizers = {"classifier": {"use": "basics/adam", "lr": 1e-3, "betas": [0.9, 0.999]}}
    metrics = {"accuracy": {"use": "basics/accuracy"}}
    select: ClassVar[str | None] = "accuracy"

    def facts(
        self, role: str, data: Mapping[str, DataFacts], networks: Mapping[str, Any], losses: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the size, channels and classes of the images."""
        images = data["images"]
        return {"image_size": images.image_size, "in_channels": images.channels, "classes": images.classes}

    @quantity("[N, code_dim]")
    def code(self, classifier: Encoder, images: Tensor) -> Tensor:
        """Code of the images; grey images are replicated for a classifier of colour images."""
        return classifier(match_channels(images, classifier.in_channels) if reads_images(classifier) else images)

    @quantity("[N, classes]", scores=True)
    def logits(self, classifier: EncoderWithHead, code: Tensor) -> Tensor:
        """Class scores of the images."""
        if not has_head(classifier):
            raise ShapeError(
                f"the encoder {type(classifier).__name__} has no head", fix="give it a method `classify(code)`"
            )
        return classifier.classify(code)
