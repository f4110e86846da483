"""Plugin `basics`: components for any method, such as datasets, distances, metrics, optimizers and schedulers."""

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
        "Images, and optional labels, from the arrays of an npz file.",
    ),
    Component(
        "dataset",
        "side-by-side",
        "ganforge_basics.side_by_side:SideBySide",
        "One half of each image of a folder with two images per file, side by side, like the datasets of pix2pix.",
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
        "Blur images by Gaussians of random width, with the border continued outwards.",
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
        "Paint a mid-grey rectangle over images, with its centre anywhere in the image (DeVries and Taylor, 2017).",
    ),
    Component(
        "augmentation",
        "mirror",
        "ganforge_basics.augmentations.mirror:mirror",
        "Swap left and right of some images (Krizhevsky et al., 2012, section 4.1).",
    ),
    Component(
        "augmentation",
        "noise",
        "ganforge_basics.augmentations.noise:noise",
        "Add normal noise to every pixel and channel, with a standard deviation drawn for each image.",
    ),
    Component(
        "method",
        "adapted-classifier",
        "ganforge_basics.adapted_classifier:AdaptedClassifier",
        "Training of a classifier on labelled images and on unlabelled images of a target domain.",
    ),
    Component(
        "method",
        "classifier",
        "ganforge_basics.classifier:Classifier",
        "Training of an encoder with a head to classify images.",
    ),
    Component(
        "loss",
        "classification",
        "ganforge_basics.classification:classification",
        "Return the cross-entropy of class scores with the true labels, averaged over the batch.",
    ),
    Component(
        "loss",
        "consistency",
        "ganforge_basics.consistency:consistency",
        "Return the cross-entropy of changed images with confident pseudo-labels (FixMatch, 2020, equation 4).",
    ),
    Component(
        "distance",
        "mse",
        "ganforge_basics.distances:mse",
        "Return the mean squared error over the batch and all features.",
    ),
    Component(
        "distance",
        "l1",
        "ganforge_basics.distances:l1",
        "Return the mean absolute error over the batch and all features.",
    ),
    Component(
        "distance",
        "cosine",
        "ganforge_basics.distances:cosine",
        "Return one minus the cosine of the angle between the samples' flattened features, from 0 to 2.",
    ),
    Component(
        "distance",
        "combined",
        "ganforge_basics.distances:combined",
        "Return a weighted sum of mean squared error and cosine distance (Hua et al., CS229, 2017).",
    ),
    Component(
        "distance",
        "soft-labels",
        "ganforge_basics.distances:soft_labels",
        "Return the Kullback-Leibler divergence of the value's class probabilities from the reference's.",
    ),
    Component(
        "distance",
        "cross-entropy",
        "ganforge_basics.distances:cross_entropy",
        "Return the cross-entropy of the value's class scores with the reference's true labels (supervised).",
    ),
    Component(
        "metric",
        "psnr",
        "ganforge_basics.metrics.psnr:psnr",
        "Measure the peak signal-to-noise ratio of outputs and their true partners, in decibels.",
    ),
    Component(
        "metric",
        "accuracy",
        "ganforge_basics.metrics.accuracy:accuracy",
        "Measure the share of images that the classifier labels correctly.",
    ),
    Component(
        "metric",
        "transfer-accuracy",
        "ganforge_basics.metrics.accuracy:transfer_accuracy",
        "Measure the share of transferred images that each judge gives the label of the source image.",
    ),
    Component(
        "metric",
        "untransferred-accuracy",
        "ganforge_basics.metrics.accuracy:untransferred_accuracy",
        "Measure the share of source images that each judge labels correctly without any transfer: the baseline.",
    ),
    Component(
        "metric",
        "frechet-distance",
        "ganforge_basics.metrics.frechet_distance:frechet_distance",
        "Measure the Fréchet distance of outputs and real images on each judge's features (Heusel et al., 2017).",
    ),
    Component(
        "metric",
        "kernel-distance",
        "ganforge_basics.metrics.kernel_distance:kernel_distance",
        "Measure the squared maximum mean discrepancy to real images on judges' features (Binkowski et al., 2018).",
    ),
    Component(
        "metric",
        "precision-recall",
        "ganforge_basics.metrics.precision_recall:precision_recall",
        "Measure precision and recall on each judge's features (Kynkäänniemi et al., 2019, equation 2).",
    ),
    Component(
        "metric",
        "density-coverage",
        "ganforge_basics.metrics.density_coverage:density_coverage",
        "Measure density and coverage of the outputs on each judge's features (Naeem et al., 2020, section 3).",
    ),
    Component(
        "metric",
        "class-diversity",
        "ganforge_basics.metrics.class_diversity:class_diversity",
        "Measure the diversity of outputs within each class, relative to real images, on each judge's features.",
    ),
    Component(
        "metric",
        "class-shares",
        "ganforge_basics.metrics.class_shares:class_shares",
        "Measure the share of outputs that each judge assigns to each class, and the number of classes among them.",
    ),
    Component(
        "metric",
        "copy-distance",
        "ganforge_basics.metrics.copy_distance:copy_distance",
        "Measure the Fréchet distance between the real images and a changed copy of them, on each judge's features.",
    ),
    Component(
        "metric",
        "nearest-neighbour",
        "ganforge_basics.metrics.nearest_neighbour:nearest_neighbour",
        "Measure the accuracy on real images of a 1-nearest-neighbour classifier trained on the labelled outputs.",
    ),
    Component(
        "metric",
        "retrieval",
        "ganforge_basics.metrics.retrieval:retrieval",
        "Measure the rank of each output's own input among all inputs on judges' features (Taigman et al., 2016).",
    ),
    Component(
        "optimizer",
        "adam",
        "ganforge_basics.optimizers:adam",
        "Return Adam (Kingma and Ba, 2015, Algorithm 1), by default with DCGAN's learning rate and first beta.",
    ),
    Component(
        "optimizer",
        "adamw",
        "ganforge_basics.optimizers:adamw",
        "Return Adam with decoupled weight decay (Loshchilov and Hutter, 2019, Algorithm 2).",
    ),
    Component(
        "optimizer",
        "sgd",
        "ganforge_basics.optimizers:sgd",
        "Return stochastic gradient descent with momentum (Sutskever et al., 2013, equations 1 to 4).",
    ),
    Component("scheduler", "constant", "ganforge_basics.schedulers:constant", "Keep the base value throughout."),
    Component(
        "scheduler",
        "ramp",
        "ganforge_basics.schedulers:ramp",
        "Rise linearly to the base value as (step + 1) / length, then keep it (Goyal et al., 2017, section 2.2).",
    ),
    Component(
        "scheduler",
        "cosine",
        "ganforge_basics.schedulers:cosine",
        "Decay by half a cosine to `final`, after an optional linear rise (Loshchilov and Hutter, 2017, equation 5).",
    ),
    Component(
        "scheduler",
        "linear-decay",
        "ganforge_basics.schedulers:linear_decay",
        "Keep the base value, then decay linearly to `final`, as CycleGAN does (Zhu et al., 2017, section 4).",
    ),
    Component(
        "scheduler",
        "multistep",
        "ganforge_basics.schedulers:multistep",
        "Multiply the base value by `factor` at each milestone.",
    ),
    Component(
        "scheduler",
        "exponential",
        "ganforge_basics.schedulers:exponential",
        "Multiply the base value smoothly by `factor` every `every` steps: factor^(step / every).",
    ),
    Component(
        "scheduler",
        "between",
        "ganforge_basics.schedulers:between",
        "Go from `start` at the first step to `end`, then keep it: a schedule of values, not of factors.",
    ),
)


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """Return the components of this plugin."""
    return COMPONENTS
