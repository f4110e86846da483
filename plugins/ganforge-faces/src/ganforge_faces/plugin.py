"""Plugin `faces`: photographs of faces and emoji, with the encoders, networks and measures that they need."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

GANFORGE_API = 1

COMPONENTS: tuple[Component, ...] = (
    Component(
        "dataset",
        "synthetic-portraits",
        "ganforge_faces.synthetic_portraits:SyntheticPortraits",
        "Generated portraits, shaded and photograph-like: RGB, seven labelled attributes, for use without any data.",
    ),
    Component(
        "dataset",
        "synthetic-avatars",
        "ganforge_faces.synthetic_avatars:SyntheticAvatars",
        "Generated avatars, flat and outlined on white: RGB, seven labelled attributes, for use without any data.",
    ),
    Component(
        "encoder",
        "attribute-cnn",
        "ganforge_faces.attribute_cnn:AttributeCNN",
        "Encoder of strided convolutions with a head of face attributes: class scores are sums of attribute scores.",
    ),
    Component(
        "encoder",
        "attribute-residual-cnn",
        "ganforge_faces.attribute_residual_cnn:AttributeResidualCNN",
        "Residual encoder with a head of face attributes: a judge with another architecture than f (He et al., 2016).",
    ),
    Component(
        "metric",
        "attribute-accuracy",
        "ganforge_faces.attribute_metrics:attribute_accuracy",
        "Measure the share of images of which a classifier tells each attribute correctly.",
    ),
    Component(
        "metric",
        "attribute-agreement",
        "ganforge_faces.attribute_metrics:attribute_agreement",
        "Measure the share of outputs in which each judge sees each attribute of the source image.",
    ),
    Component(
        "encoder",
        "dlib-resnet",
        "ganforge_faces.dlib_resnet:DlibResNet",
        "Encoder of faces by dlib's ResNet (King, dlib.net, 2017), optionally beside coarse colours.",
        weights="ganforge_faces:dlib-resnet.safetensors",
        sha256="0be02dc7265ee2d5744fd745959f95c523d80a9216c027042eafffdd6afed729",
        weights_source="ganforge_faces.dlib_file:SOURCE",
    ),
    Component(
        "encoder",
        "sface",
        "ganforge_faces.sface:SFace",
        "Encoder of faces by SFace of the OpenCV zoo (Zhong et al., 2021), for judging identity.",
        weights="ganforge_faces:sface.safetensors",
        sha256="ee452a2cbc7eb154a8214f280d2c590c9014d3513841f9bd82c2d8ff5f2dbfff",
        weights_source="ganforge_faces.sface_file:SOURCE",
    ),
    Component(
        "encoder",
        "colours",
        "ganforge_faces.colours:Colours",
        "Encoder without parameters: the mean colour of each cell of a coarse grid.",
    ),
    Component(
        "encoder",
        "residual-encoder",
        "ganforge_faces.residual_encoder:ResidualEncoder",
        "Encoder of faces by residual blocks, for training without labels (He et al., 2016, equation 2).",
    ),
    Component(
        "generator",
        "generator",
        "ganforge_faces.generator:FaceGenerator",
        "Generator of the DTN for faces: upsampling and 1x1 convolutions, then tanh (Taigman et al., 2016, section 5).",
    ),
    Component(
        "generator",
        "residual-generator",
        "ganforge_faces.residual:ResidualGenerator",
        "Generator of residual blocks that double the map, then tanh (Miyato et al., 2018, appendix B.4).",
    ),
    Component(
        "generator",
        "replication-generator",
        "ganforge_faces.replication:ReplicationGenerator",
        "Generator of the replication's faces: six doublings to 64x64, then bilinear (Hua et al., CS229, 2017).",
    ),
    Component(
        "discriminator",
        "discriminator",
        "ganforge_faces.discriminator:FaceDiscriminator",
        "Discriminator of the DTN for faces: strided blocks with leaky ReLU (Taigman et al., 2016, section 5).",
    ),
    Component(
        "discriminator",
        "residual-discriminator",
        "ganforge_faces.residual:ResidualDiscriminator",
        "Discriminator of residual blocks that halve the map (Miyato et al., 2018, appendix B.4).",
    ),
    Component(
        "discriminator",
        "replication-discriminator",
        "ganforge_faces.replication:ReplicationDiscriminator",
        "Discriminator of the replication's faces: five strided 3x3 convolutions (Hua et al., CS229, 2017).",
    ),
    Component(
        "method",
        "self-supervised",
        "ganforge_faces.self_supervised:SelfSupervised",
        "Training of an encoder on two changed views of each image, without labels (Chen et al., 2020, section 2.1).",
    ),
    Component(
        "loss",
        "vicreg",
        "ganforge_faces.vicreg:vicreg",
        "Return the sum over both domains of VICReg's loss (Bardes, Ponce and LeCun, 2022, equations 1 to 6).",
    ),
    Component(
        "metric",
        "copy-retrieval",
        "ganforge_faces.copy_retrieval:copy_retrieval",
        "Measure the share of copies with the code of their own original as the nearest (Wu et al., 2018, section 3).",
    ),
    Component(
        "metric",
        "retrieval",
        "ganforge_faces.retrieval:retrieval",
        "Measure the rank of each output's own photograph among all, on judges' features, beside its controls.",
    ),
    Component(
        "metric",
        "realism",
        "ganforge_faces.realism:realism",
        "Measure how outputs compare with real avatars on judges' features, and how photographs and avatars do.",
    ),
    Component(
        "metric",
        "diversity",
        "ganforge_faces.diversity:diversity",
        "Measure the mean distance of pairs of outputs over that of pairs of real avatars, on judges' features.",
    ),
    Component(
        "metric",
        "copies",
        "ganforge_faces.diversity:copies",
        "Measure the distance of outputs to the nearest training avatar, on judges' features, relative to real ones'.",
    ),
    Component(
        "metric",
        "traits",
        "ganforge_faces.traits:traits",
        "Measure the agreement of photographs and outputs on three traits: Spearman's rank correlation, from -1 to 1.",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """Return the components of this plugin."""
    return COMPONENTS
