"""The plugin `basics`: what most recipes need, whatever the method: distances, optimizers, schedulers and the like."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

GANFORGE_API = 1

COMPONENTS = (
    Component(
        "dataset",
        "image-folder",
        "ganforge_basics.image_folder:ImageFolder",
        "A folder of PNG, JPEG, WebP and BMP files, in natural order (2.png before 10.png), subfolders included.",
    ),
    Component(
        "dataset",
        "npz",
        "ganforge_basics.npz:NpzImages",
        "Images, and labels if there are any, from the arrays of an npz file.",
    ),
    Component(
        "dataset",
        "side-by-side",
        "ganforge_basics.side_by_side:SideBySide",
        "One half of each picture of a folder whose files hold two, side by side, as pix2pix's datasets have them.",
    ),
    Component(
        "augmentation",
        "affine",
        "ganforge_basics.augmentations.affine:affine",
        "Rotate, shift, magnify and shear every image by random amounts, with bilinear sampling.",
    ),
    Component(
        "augmentation",
        "blur",
        "ganforge_basics.augmentations.blur:blur",
        "Blur images by Gaussians of random width, the border continued outwards.",
    ),
    Component(
        "augmentation",
        "color",
        "ganforge_basics.augmentations.color:color",
        "Change contrast and brightness of every image by random amounts, then make some grey and invert some.",
    ),
    Component(
        "augmentation",
        "cutout",
        "ganforge_basics.augmentations.cutout:cutout",
        "Paint a rectangle over images in mid grey, its centre anywhere in the image (DeVries and Taylor, 2017).",
    ),
    Component(
        "augmentation",
        "noise",
        "ganforge_basics.augmentations.noise:noise",
        "Add normal noise to every pixel and channel, of a strength that is drawn for each image.",
    ),
    Component(
        "method",
        "adapted-classifier",
        "ganforge_basics.adapted_classifier:AdaptedClassifier",
        "A classifier trained on labelled images and, without labels, on images of a target domain.",
    ),
    Component(
        "method",
        "classifier",
        "ganforge_basics.classifier:Classifier",
        "An encoder with a head, trained to name the class of an image.",
    ),
    Component(
        "loss",
        "classification",
        "ganforge_basics.classification:classification",
        "The cross-entropy of class scores with the true labels, a mean over the batch.",
    ),
    Component(
        "loss",
        "consistency",
        "ganforge_basics.consistency:consistency",
        "The cross-entropy of changed images with the labels guessed from the unchanged ones, where the guess is sure.",
    ),
    Component(
        "distance", "mse", "ganforge_basics.distances:mse", "Mean squared error: over the batch and all features."
    ),
    Component(
        "distance", "l1", "ganforge_basics.distances:l1", "Mean absolute error: over the batch and all features."
    ),
    Component(
        "distance",
        "cosine",
        "ganforge_basics.distances:cosine",
        "One minus the cosine of the angle between the samples' flattened features, from 0 to 2.",
    ),
    Component(
        "distance",
        "combined",
        "ganforge_basics.distances:combined",
        'Weighted sum of mean squared error and cosine distance, the "combined loss" of the DTN\'s replication.',
    ),
    Component(
        "distance",
        "soft-labels",
        "ganforge_basics.distances:soft_labels",
        "Kullback-Leibler divergence of the value's class probabilities from the reference's, which get no gradient.",
    ),
    Component(
        "distance",
        "cross-entropy",
        "ganforge_basics.distances:cross_entropy",
        "Cross-entropy of the value's class scores with the reference's labels; this uses labels.",
    ),
    Component(
        "metric",
        "psnr",
        "ganforge_basics.metrics.psnr:psnr",
        "Peak signal-to-noise ratio of each output and its true partner, in decibels, as a mean over the outputs.",
    ),
    Component(
        "metric",
        "accuracy",
        "ganforge_basics.metrics.accuracy:accuracy",
        "The share of images that the classifier labels rightly.",
    ),
    Component(
        "metric",
        "transfer-accuracy",
        "ganforge_basics.metrics.accuracy:transfer_accuracy",
        "The share of transferred images that each judge labels as the source image is labelled.",
    ),
    Component(
        "metric",
        "untransferred-accuracy",
        "ganforge_basics.metrics.accuracy:untransferred_accuracy",
        "The share of source images that each judge labels rightly as they are: what is there without any transfer.",
    ),
    Component(
        "metric",
        "frechet-distance",
        "ganforge_basics.metrics.frechet_distance:frechet_distance",
        "FID on each judge's features: from 0, the Fréchet distance of outputs and real images (Heusel et al., 2017).",
    ),
    Component(
        "metric",
        "kernel-distance",
        "ganforge_basics.metrics.kernel_distance:kernel_distance",
        "KID on each judge's features: the squared maximum mean discrepancy to real images (Binkowski et al., 2018).",
    ),
    Component(
        "metric",
        "precision-recall",
        "ganforge_basics.metrics.precision_recall:precision_recall",
        "Precision and recall of the outputs on each judge's features (Kynkäänniemi et al., 2019).",
    ),
    Component(
        "metric",
        "density-coverage",
        "ganforge_basics.metrics.density_coverage:density_coverage",
        "Density and coverage of the outputs on each judge's features (Naeem et al., 2020).",
    ),
    Component(
        "metric",
        "class-diversity",
        "ganforge_basics.metrics.class_diversity:class_diversity",
        "How much the outputs of a class differ, relative to real images of it, by each judge's features and reading.",
    ),
    Component(
        "metric",
        "class-shares",
        "ganforge_basics.metrics.class_shares:class_shares",
        "How many of the outputs each judge reads as each class, and how many classes there are at all.",
    ),
    Component(
        "metric",
        "copy-distance",
        "ganforge_basics.metrics.copy_distance:copy_distance",
        "The Fréchet distance of a changed copy of the real images from these, on each judge's features.",
    ),
    Component(
        "metric",
        "nearest-neighbour",
        "ganforge_basics.metrics.nearest_neighbour:nearest_neighbour",
        "The accuracy on real images of a nearest neighbour among the outputs, labelled as their sources are.",
    ),
    Component(
        "metric",
        "retrieval",
        "ganforge_basics.metrics.retrieval:retrieval",
        "The rank of each output's own input among all inputs, by each judge's features (Taigman et al., 2016).",
    ),
    Component(
        "optimizer",
        "adam",
        "ganforge_basics.optimizers:adam",
        "Adam (Kingma and Ba, 2015), with DCGAN's learning rate and first beta.",
    ),
    Component(
        "optimizer",
        "adamw",
        "ganforge_basics.optimizers:adamw",
        "Adam with decoupled weight decay (Loshchilov and Hutter, 2019).",
    ),
    Component("optimizer", "sgd", "ganforge_basics.optimizers:sgd", "Stochastic gradient descent with momentum."),
    Component("scheduler", "constant", "ganforge_basics.schedulers:constant", "The base value throughout."),
    Component(
        "scheduler",
        "ramp",
        "ganforge_basics.schedulers:ramp",
        "From almost 0 to the base value in a straight line, then the base value: (step + 1) / length, 1 at most.",
    ),
    Component(
        "scheduler",
        "cosine",
        "ganforge_basics.schedulers:cosine",
        "Half a cosine from the base value to `final`, after a straight rise if wanted (Loshchilov and Hutter, 2017).",
    ),
    Component(
        "scheduler",
        "linear-decay",
        "ganforge_basics.schedulers:linear_decay",
        "The base value, then a straight line to `final`, reached when all steps are done; CycleGAN's schedule.",
    ),
    Component(
        "scheduler",
        "multistep",
        "ganforge_basics.schedulers:multistep",
        "The base value, multiplied by `factor` at each milestone.",
    ),
    Component(
        "scheduler",
        "exponential",
        "ganforge_basics.schedulers:exponential",
        "The base value, multiplied smoothly by `factor` every `every` steps: factor^(step / every).",
    ),
    Component(
        "scheduler",
        "between",
        "ganforge_basics.schedulers:between",
        "From `start` at the first step to `end`, which then stays: for numbers that a schedule gives, not scales.",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """The components of this plugin."""
    return COMPONENTS
