"""The Domain Transfer Network as a training method: its roles, and the quantities that losses may ask for.

Taigman, Polyak and Wolf: Unsupervised Cross-Domain Image Generation, 2016 (arXiv 1611.02200), section 4. G = g o f maps
images of the source domain to the target domain; f is fixed, g and D are trained. The losses are separate components.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from ganforge.contracts import Encoder, EncoderWithHead, has_head, reads_images, sets_outputs
from ganforge.data.transform import changed_view, match_channels
from ganforge.errors import ShapeError
from ganforge.method import DataFacts, DataRole, Method, Role, quantity
from ganforge.plugins import Nested, Since

Views = Annotated[Sequence[Callable[[Tensor, torch.Generator], Tensor]], Nested("augmentation")]
"""The annotation of an option that lists augmentations."""
ADAM = {"use": "basics/adam", "lr": 2e-4, "betas": [0.5, 0.999]}


class DomainTransferNetwork(Method):
    """Domain transfer by G = g o f, with a discriminator of three classes (Taigman et al., 2016, section 4).

    A g trained through f may learn noise that f mistakes for a digit. Such noise seldom survives small random changes:
    with `views`, f-constancy reads G(s) changed by these augmentations, drawn anew in every step. The paper has no
    views.

    With few targets D soon knows them by heart. With `discriminator_views` it sees real and generated images only after
    these augmentations, and the gradient passes through them to g (Zhao et al.: Differentiable Augmentation, 2020,
    section 3.2).

    Args:
        views: augmentations between g and f, in this order, in the losses only; for targets in [-1, 1].
        discriminator_views: augmentations before D, in this order, of images in [-1, 1]; drawn anew for each batch.

    Example:
        >>> method = DomainTransferNetwork()
        >>> method.source_code_mean(torch.eye(2))
        tensor([0.5000, 0.5000])
    """

    networks = {
        "encoder": Role("encoder", "f: reads images of both domains; fixed", trained=False),
        "generator": Role("generator", "g: turns codes of f into images of the target domain"),
        "discriminator": Role("discriminator", "D: tells g(f(s)), g(f(t)) and t apart"),
        "teacher": Role("encoder", "a second classifier that a supervised distance may ask", False, optional=True),
    }
    data = {
        "source": DataRole("s: the images to transfer", labels="source_labels"),
        "target": DataRole("t: examples of the target domain", labels="target_labels"),
    }
    phases = {"discriminator": {"update": "discriminator"}, "generator": {"update": "generator"}}
    main = "generator"
    inputs = ("source",)
    output = "transferred_source"
    compared = ("source_code", "transferred_code")
    pictures_like = "target"
    optimizers = {"generator": ADAM, "discriminator": ADAM}
    metrics = {
        "transfer-accuracy": {"use": "basics/transfer-accuracy"},
        "encoder-accuracy": {"use": "dtn/encoder-accuracy"},
        "encoder-agreement": {"use": "dtn/encoder-agreement"},
    }
    select = "transfer-accuracy"
    ceiling = "encoder-accuracy"

    def __init__(self, *, views: Views = (), discriminator_views: Annotated[Views, Since("0.1.0")] = ()) -> None:
        self.views = views
        self.discriminator_views = discriminator_views

    def facts(
        self, role: str, data: Mapping[str, DataFacts], networks: Mapping[str, Any], losses: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return sizes from the data (source for f, target for g and D) and D's outputs from the adversarial loss.

        Raises:
            ShapeError: two adversarial losses need different numbers of outputs.
        """
        source, target = data["source"], data["target"]
        if role in ("encoder", "teacher"):
            return {"image_size": source.image_size, "in_channels": source.channels, "classes": source.classes}
        if role == "generator":
            code_dim = networks["encoder"].code_dim
            channels = {"in_channels": source.channels, "out_channels": target.channels}
            return {"image_size": target.image_size, **channels, "code_dim": code_dim}
        outputs = {loss.discriminator_outputs for loss in losses.values() if sets_outputs(loss)}
        if len(outputs) > 1:
            raise ShapeError(
                f"the adversarial losses need discriminators of {sorted(outputs)} outputs; use only one of these losses"
            )
        return {"image_size": target.image_size, "in_channels": target.channels, "outputs": next(iter(outputs), None)}

    @quantity("[N, code_dim]")
    def source_code(self, encoder: Encoder, source: Tensor) -> Tensor:
        """f(s)."""
        return read(encoder, source)

    @quantity("[N, classes]", scores=True)
    def source_logits(self, encoder: EncoderWithHead, source_code: Tensor) -> Tensor:
        """Class scores of s by f's head."""
        return classify(encoder, source_code)

    @quantity("[code_dim]", over_data=True)
    def source_code_mean(self, source_code: Tensor) -> Tensor:
        """Mean of f(s) over the source data, per dimension."""
        return source_code.mean(0)

    @quantity("[code_dim]", over_data=True)
    def source_code_std(self, source_code: Tensor) -> Tensor:
        """Spread of f(s) over the source data: its standard deviation per dimension, at least 1e-6."""
        return source_code.std(0).clamp_min(1e-6)

    @quantity("[N, code_dim]")
    def target_code(self, encoder: Encoder, target: Tensor) -> Tensor:
        """f(t)."""
        return read(encoder, target)

    @quantity("[N, C, H, W], in the target's range")
    def transferred_source(self, generator: nn.Module, source_code: Tensor) -> Tensor:
        """G(s) = g(f(s))."""
        return _draw(generator, source_code)

    @quantity("[N, C, H, W], in the target's range")
    def transferred_target(self, generator: nn.Module, target_code: Tensor) -> Tensor:
        """G(t) = g(f(t))."""
        return _draw(generator, target_code)

    @quantity("[N, code_dim]")
    def transferred_code(self, encoder: Encoder, transferred_source: Tensor) -> Tensor:
        """f(G(s))."""
        return read(encoder, transferred_source)

    @quantity("[N, classes]", scores=True)
    def transferred_logits(self, encoder: EncoderWithHead, transferred_code: Tensor) -> Tensor:
        """Class scores of G(s) by f's head."""
        return classify(encoder, transferred_code)

    @quantity("[N, C, H, W], in the target's range")
    def transferred_view(self, transferred_source: Tensor) -> Tensor:
        """G(s) changed by `views` for f-constancy; G(s) itself without any."""
        return changed_view(transferred_source, self.views)

    @quantity("[N, code_dim]")
    def view_code(self, encoder: Encoder, transferred_view: Tensor) -> Tensor:
        """f(G(s)) of the changed view."""
        return read(encoder, transferred_view)

    @quantity("[N, classes]", scores=True)
    def view_logits(self, encoder: EncoderWithHead, view_code: Tensor) -> Tensor:
        """Class scores of the changed view of G(s) by f's head."""
        return classify(encoder, view_code)

    @quantity("[N, classes]", scores=True)
    def source_teacher_logits(self, teacher: EncoderWithHead, source: Tensor) -> Tensor:
        """Class scores of s by the teacher."""
        return classify(teacher, read(teacher, source))

    @quantity("[N, classes]", scores=True)
    def view_teacher_logits(self, teacher: EncoderWithHead, transferred_view: Tensor) -> Tensor:
        """Class scores of the changed view of G(s) by the teacher."""
        return classify(teacher, read(teacher, transferred_view))

    @quantity("[N, outputs]")
    def source_verdict(self, discriminator: nn.Module, transferred_source: Tensor) -> Tensor:
        """D(G(s)), as logits."""
        return self._judge(discriminator, transferred_source)

    @quantity("[N, outputs]")
    def target_verdict(self, discriminator: nn.Module, transferred_target: Tensor) -> Tensor:
        """D(G(t)), as logits."""
        return self._judge(discriminator, transferred_target)

    @quantity("[N, outputs]")
    def real_verdict(self, discriminator: nn.Module, target: Tensor) -> Tensor:
        """D(t), as logits."""
        return self._judge(discriminator, target)

    def _judge(self, discriminator: nn.Module, images: Tensor) -> Tensor:
        return to_tensor(discriminator(changed_view(images, self.discriminator_views)))


def read(encoder: Encoder, images: Tensor) -> Tensor:
    """Return the code of images, with grey ones replicated for an encoder of colour images."""
    return to_tensor(encoder(match_channels(images, encoder.in_channels) if reads_images(encoder) else images))


def _draw(generator: nn.Module, code: Tensor) -> Tensor:
    """Return the images that g makes of codes; raise a ShapeError if g reads images."""
    if reads_images(generator):
        raise ShapeError(
            f"the method dtn/dtn gives g codes of f, and the generator {type(generator).__name__} reads images",
            fix='use = "dtn/direct" in [method], or a generator that reads codes, such as "dtn/digit-generator"',
        )
    return to_tensor(generator(code))


def classify(encoder: EncoderWithHead, code: Tensor) -> Tensor:
    """Return the class scores of codes; raise a ShapeError if the encoder has no head."""
    if not has_head(encoder):
        raise ShapeError(
            f"the encoder {type(encoder).__name__} has no head to classify with",
            fix="use an encoder with a `classify` method, or a distance that compares codes",
        )
    return to_tensor(encoder.classify(code))


def to_tensor(value: Any) -> Tensor:
    """Return a network's output, checked to be a tensor.

    Raises:
        ShapeError: the output is not a tensor.
    """
    if not isinstance(value, Tensor):
        raise ShapeError(f"a network returned {type(value).__name__}, not a tensor")
    return value
