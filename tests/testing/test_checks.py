"""Each check fails on a component that is wrong in just that, and passes on the right one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ganforge.plugins.registry import Registry
from ganforge.testing.check import check_named, run_check
from ganforge.testing.checks import CHECKS, checks_of
from ganforge.testing.subject import PLUGIN, AnySubject, WholePlugin, subjects_of

# The check, the kind and the name of a wrong component, and what is to be said of it.
WRONG = [
    ("light", PLUGIN, "untidy", "imports scipy"),
    ("recipes", PLUGIN, "untidy", "classify.toml: .*there is no loss 'basics/clasification'"),
    ("summary", "encoder", "nosummary", "declared as 'Something else.' and documented as 'Its plugin says"),
    ("options", "encoder", "undescribed", "the option 'in_channels' has no entry under `Args:`"),
    ("options", "encoder", "untyped", "'extra' is annotated as Any, which says nothing"),
    ("options", "encoder", "swallowing", r"\*\*others takes options that `ganforge show` cannot list"),
    ("options", "encoder", "outdated", "`Args:` describes 'width', which does not exist"),
    ("options", "encoder", "reserved", "'frozen' is a key of the recipe format"),
    ("choices", "encoder", "promising", "with norm = 'layer' it fails: KeyError"),
    ("refusal", "discriminator", "unresizable", "does not reject 9x9 pixels, and fails: RuntimeError"),
    ("runs", "encoder", "nomodule", "no torch.nn.Module"),
    ("runs", "encoder", "broken", r"RuntimeError: .*\(components/made_up_networks.py:\d+\)"),
    ("runs", "loss", "unknown", "asks for 'transfered_source', which no installed method has"),
    ("runs", "loss", "unrelated", "is to update 'discriminator', and nothing that it asks for goes through"),
    ("runs", "loss", "startless", "a state has no first value: KeyError"),
    ("runs", "distance", "nameless", "it compares first and second"),
    ("shape", "encoder", "square", r"code is \[4, 6, 1\], not \[4, 6\]"),
    (
        "shape",
        "generator",
        "transposed",
        r"32x64 pixels, 1 channels: pictures is \[4, 1, 64, 32\], not \[4, 1, 32, 64\]",
    ),
    ("shape", "encoder", "sizeless", "it has no code_dim"),
    ("shape", "loss", "vector", r"loss is \[16\], not \[\]"),
    ("shape", "method", "misshapen", r"reading is \[8, 12\], not \[8, 10\]"),
    ("range", "generator", "unbounded", "pictures runs from .* to .*, not from -1 to 1"),
    ("range", "augmentation", "bright", "images runs from 0.* to 1.5, not from 0 to 1"),
    ("range", "method", "loud", r"copy runs from -1.9\d to 1.9\d, not from -1 to 1"),
    ("finite", "encoder", "standardising", "inputs: zeros: code is not finite"),
    ("finite", "loss", "logarithm", "loss is not finite"),
    ("gradient", "encoder", "detached", "no gradient reaches images"),
    ("gradient", "encoder", "unused", r"no gradient reaches network\.spare\.bias|no gradient reaches network\.spare"),
    ("gradient", "loss", "detached", "the output has no gradient"),
    ("gradient", "loss", "rounded", "the gradient of transferred_source is 0 everywhere"),
    ("gradient", "loss", "stiff", "stiff_slope of made-up/stiff: the output has no gradient"),
    ("gradient", "loss", "padded", "stiff_slope of made-up/stiff: the output has no gradient"),
    ("gradient", "method", "idle", r"no gradient reaches reader\.code\.bias"),
    ("seed", "encoder", "numpyweights", r"the initial network.code.bias differs"),
    ("pure", "encoder", "alwaysdropping", "code differs when it is called again"),
    ("pure", "encoder", "counting", "a call changes its calls"),
    ("pure", "loss", "averaging", "loss differs when it is called again"),
    ("pure", "loss", "tally", "a call changes its calls"),
    ("randomness", "encoder", "gambling", "a call draws from Python's random"),
    ("randomness", "augmentation", "shuffled", "a call draws from torch's global generator"),
    ("randomness", "dataset", "seeded", "a call draws from numpy.random"),
    ("inputs", "encoder", "inplace", "changes images in place"),
    ("inputs", "metric", "sorting", "changes targets in place"),
    ("globals", "encoder", "tuning", "building and calling it changes cudnn.benchmark, from False to True"),
    ("globals", "distance", "polite", "importing it changes torch's float32 matmul precision, from highest to high"),
    ("batch", "encoder", "centred", "code of an image changes with the other images of its batch"),
    ("batch", "encoder", "batchoffour", "a batch of 1 fails: RuntimeError"),
    ("mean", "loss", "total", "of the same batch twice"),
    ("state-update", "loss", "growing", r"the state 'seen' begins as \[\] and becomes \[8\]"),
    ("state-update", "loss", "inplace", "the state 'level' changes level in place"),
    ("state-update", "loss", "gambling", "the state 'level' draws from torch's global generator"),
    ("state-update", "loss", "hoarding", "the state 'level' differs when it is computed again"),
    ("state-update", "augmentation", "stray", "no installed method has all that its states ask for: real_verdikt"),
    ("finite", "loss", "impatient", "progress 0: loss is not finite"),
    ("finite", "augmentation", "fading", "progress 0: the gradient of images is not finite"),
    ("geometry", "augmentation", "torn", "grey images move otherwise than coloured ones"),
    ("strength", "augmentation", "strong", "with a strength of 0, images change by"),
    ("precision", "encoder", "single", "from float64, code comes out as torch.float32|in float64 it fails"),
    ("autocast", "encoder", "scattering", "under bf16 autocast it fails: RuntimeError"),
    ("channels-last", "encoder", "viewing", "channels-last it fails: RuntimeError: view size"),
    ("device", "encoder", "onthecpu", "on the device 'meta' it fails"),
    ("device", "loss", "printed", "on the device 'meta' it fails"),
    ("compile", "encoder", "branching", "compiled by torch.compile as one graph it fails"),
    ("weights", "encoder", "lost", "its weights made_up_weights:x are not there"),
    ("weights", "encoder", "altered", "are not what their plugin declares: SHA-256"),
    ("weights", "encoder", "misfit", "do not fit Unused: .*spare.* is missing"),
    ("state", "encoder", "listed", "with the same state, another network's code differs"),
    ("nearest", "distance", "opposite", "below 0"),
    ("nearest", "distance", "correlation", "to the reference itself it is 2, to something else"),
    ("broadcast", "distance", "careless", r"it compares \[8, 24\] with \[1, 24\]"),
    ("declared", "method", "inconsistent", "updates 'painter', .*; .*has no option 'rate'"),
    ("declared", "method", "inconsistent", "its output, features or compared 'wanting' is no quantity of it"),
    ("declared", "method", "copying", "'picture' is made of 'pictures' too, which `inputs` does not name"),
    ("declared", "method", "hidden", "the quantity 'hum' has the name of a role, of labels, of a noise or of"),
    ("declared", "method", "hidden", "the noise 'pictures_labels' has the name of a role, of labels or of a state"),
    ("declared", "method", "moody", "the state 'mood' needs 'weather', which there is not"),
    ("noise", "method", "tuned", "hum draws from torch's global generator"),
    ("noise", "method", "constant", "hum is the same whatever the generator's seed"),
    ("noise", "method", "counted", "hum differs from one time to the next, with the same generator"),
    ("noise", "method", "reseeded", "hum differs from one time to the next, with the same generator"),
    ("noise", "method", "single", r"5 rows of hum are \[1, 12\], not \[5, 12\]"),
    ("noise", "method", "narrow", r"1 rows of hum are \[1, 12\], not \[1, 24\]"),
    ("noise", "method", "whole", "hum is torch.int64, not torch.float32"),
    ("noise", "method", "double", "hum is torch.float64, not torch.float32"),
    ("noise", "method", "boundless", "hum is not finite"),
    ("noise", "method", "beyond", "kind is not from 0 to 2"),
    ("noise", "method", "untyped", "kind is torch.float32, not torch.int64"),
    ("runs", "method", "undrawable", "its noise 'hum' cannot be drawn: TypeError"),
    ("files", "dataset", "relative", "no DataFile with an absolute path"),
    ("missing", "dataset", "abrupt", "without its files it raises FileNotFoundError"),
    ("images", "dataset", "scaled", "were they scaled to"),
    ("images", "dataset", "shallow", "its uint16 images end at 255"),
    ("images", "dataset", "misdeclared", "it declares image_size 12 and channels 1; its images have 8 and 1"),
    ("labels", "dataset", "fromone", "labels run from 1 to 4 with 4 classes"),
    ("runs", "dataset", "halfnamed", "it names 2 of its 4 classes"),
    ("labels", "dataset", "unlabelled", "`classes` is 4, and labels are missing"),
    ("digest", "dataset", "fresh", "decoded twice"),
    ("digest", "dataset", "hashed", "decoded in another process"),
    ("numbers", "metric", "tensor", "is a Tensor, not a number"),
    ("numbers", "scheduler", "below", "the factor is -"),
    ("runs", "scheduler", "zero-steps", "step 0 of 1: ZeroDivisionError"),
    ("few", "metric", "spread", "1 images: the value is nan"),
    ("runs", "metric", "unasked", "it asks judges for features, and declares scores"),
    ("meaning", "metric", "unitless", "^spread has no unit"),
    ("meaning", "metric", "spread", "^its value has no unit"),
    ("meaning", "metric", "percent", "60 images: value is .*, which is no share"),
    ("meaning", "loss", "overconfident", "monitor share: loss is 100, which is no share"),
    ("descent", "optimizer", "ascending", "the loss went from .* to"),
    ("rate", "optimizer", "fixed", "with a learning rate of 0, it still changes parameters"),
    ("unused", "optimizer", "pushing", "changes a parameter that has no gradient"),
    ("resume", "optimizer", "decaying", "after a resumption it takes other steps"),
]
GIVEN = [
    *(("method", name) for name in ("cgan", "domains", "styled", "translation")),
    *(("generator", name) for name in ("tint", "writer")),
    ("discriminator", "critic"),
]
RIGHT = [
    (PLUGIN, "tidy"),
    ("encoder", "encoder"),
    ("encoder", "trained"),
    ("generator", "generator"),
    ("generator", "translator"),
    ("discriminator", "discriminator"),
    ("loss", "edges"),
    ("loss", "adversarial"),
    ("loss", "projections"),
    ("loss", "calm"),
    ("loss", "even"),
    ("loss", "weighted"),
    ("loss", "guided"),
    ("distance", "absolute"),
    ("distance", "local"),
    ("augmentation", "mirror"),
    ("augmentation", "saturation"),
    ("augmentation", "swaying"),
    ("augmentation", "gentle"),
    ("loss", "leaning"),
    ("method", "remembering"),
    ("method", "autoencoder"),
    ("method", "receiver"),
    ("method", "slopes"),
    ("dataset", "noise"),
    ("dataset", "stored"),
    ("metric", "brightness"),
    ("metric", "shares"),
    ("optimizer", "descent"),
    ("scheduler", "half"),
]


@pytest.fixture(scope="module")
def subjects(registry: Registry, data_root: Path) -> dict[tuple[str, str], AnySubject]:
    """Return the made-up components and the two plugins by kind and name."""
    found: dict[tuple[str, str], AnySubject] = {}
    for plugin in ("made-up", "tidy", "untidy", "conditional", "bringing"):
        for subject in subjects_of(plugin, registry, data_root):
            whole = isinstance(subject, WholePlugin)
            found[subject.kind, subject.name if whole else subject.name.partition("/")[2]] = subject
    return found


@pytest.mark.parametrize(("check", "kind", "name", "said"), WRONG, ids=lambda value: str(value)[:30])
def test_rejects_a_wrong_component(subjects, check: str, kind: str, name: str, said: str):
    result = run_check(check_named(check, checks_of(kind)), subjects[kind, name])
    assert result.outcome == "failed"
    assert re.search(said, result.what), result.what
    assert result.fix


@pytest.mark.parametrize(("kind", "name"), RIGHT, ids=lambda value: str(value))
def test_accepts_a_right_component(subjects, kind: str, name: str):
    results = [run_check(check, subjects[kind, name]) for check in checks_of(kind)]
    assert [str(result) for result in results if result.outcome != "passed"] == []


@pytest.mark.parametrize(("kind", "name"), GIVEN, ids=lambda value: str(value))
def test_accepts_a_component_with_given_values(subjects, kind: str, name: str):
    results = [run_check(check, subjects[kind, name]) for check in checks_of(kind)]
    assert [str(result) for result in results if result.outcome != "passed"] == []


def test_every_check_fails_on_some_component():
    assert {check for check, *_ in WRONG} == {check.name for check in CHECKS}


def test_every_check_passes_on_some_component():
    assert {check.name for kind, _ in RIGHT for check in checks_of(kind)} == {check.name for check in CHECKS}


def test_names_of_checks_are_unique():
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names))
