"""Properties that all augmentations share, and the effect of each on an image."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor

from ganforge_basics.augmentations.affine import affine
from ganforge_basics.augmentations.blur import blur
from ganforge_basics.augmentations.color import color
from ganforge_basics.augmentations.cutout import cutout
from ganforge_basics.augmentations.mirror import mirror
from ganforge_basics.augmentations.noise import noise

Augmentation = Callable[[Tensor, torch.Generator], Tensor]

STRONG = {
    "affine": partial(affine, rotate=180, translate=0.5, scale=(0.3, 3.0), shear=45, padding="reflection"),
    "color": partial(color, brightness=1, contrast=1, invert=0.5, grey=0.5),
    "noise": partial(noise, std=1.0),
    "blur": partial(blur, probability=1, sigma=(0.5, 3.0)),
    "cutout": partial(cutout, size=0.5),
    "mirror": mirror,
}
NONE = {
    "affine": partial(affine, rotate=0, translate=0, scale=(1, 1), shear=0),
    "color": partial(color, brightness=0, contrast=0, invert=0, grey=0),
    "noise": partial(noise, std=0),
    "blur": partial(blur, sigma=(0, 0), probability=1),
    "blur, never": partial(blur, probability=0),
    "cutout": partial(cutout, size=0),
    "cutout, never": partial(cutout, probability=0),
    "mirror, never": partial(mirror, probability=0),
}
strong = pytest.mark.parametrize("augment", STRONG.values(), ids=STRONG)


def some_images(count: int = 6, channels: int = 3, height: int = 16, width: int = 16) -> Tensor:
    return torch.rand(count, channels, height, width, generator=torch.Generator().manual_seed(7))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("augment", NONE.values(), ids=NONE)
def test_no_strength_changes_nothing(augment: Augmentation) -> None:
    images = some_images(height=12, width=20)
    torch.testing.assert_close(augment(images, seeded()), images, atol=2e-6, rtol=0)


@strong
@pytest.mark.parametrize(("channels", "height", "width"), [(1, 8, 8), (3, 16, 12), (5, 9, 17)])
def test_shape_type_and_range_are_kept(augment: Augmentation, channels: int, height: int, width: int) -> None:
    images = some_images(20, channels, height, width).round()  # only 0 and 1: the range's ends
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        result = augment(images.to(dtype), seeded())
        assert result.shape == images.shape
        assert result.dtype == dtype
        assert result.min() >= 0
        assert result.max() <= 1


@strong
def test_the_generators_state_decides_everything(augment: Augmentation) -> None:
    images = some_images()
    assert torch.equal(augment(images, seeded(1)), augment(images, seeded(1)))
    assert not torch.equal(augment(images, seeded(1)), augment(images, seeded(2)))
    generator = seeded(1)
    assert not torch.equal(augment(images, generator), augment(images, generator))


@strong
def test_the_global_generator_and_the_images_are_left_alone(augment: Augmentation) -> None:
    images = some_images()
    copy, state = images.clone(), torch.get_rng_state()
    augment(images, seeded())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(images, copy)


@strong
def test_every_sample_draws_its_own_parameters(augment: Augmentation) -> None:
    same = some_images(1).expand(8, -1, -1, -1)
    results = augment(same, seeded())
    variants = 2 if augment is mirror else 4  # there are no more mirror images of an image
    assert len({tuple(result.flatten().tolist()) for result in results}) >= variants


@strong
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_cpu_generator_gives_the_same_images_on_cuda(augment: Augmentation) -> None:
    images = some_images()
    torch.testing.assert_close(augment(images.cuda(), seeded()).cpu(), augment(images, seeded()), atol=1e-4, rtol=0)
    assert augment(images.cuda(), torch.Generator("cuda").manual_seed(0)).is_cuda


def grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return each pixel centre's offset from the image's centre: down and across, [H, W]."""
    down, across = torch.arange(height) + 0.5 - height / 2, torch.arange(width) + 0.5 - width / 2
    return down[:, None].expand(height, width), across[None].expand(height, width)


def test_rotation_is_about_the_centre_and_in_pixels() -> None:
    down, across = grid(40, 60)
    disc = (12 - torch.hypot(down, across)).clamp(0, 1).expand(10, 1, -1, -1)
    turned = affine(disc, seeded(), rotate=180, translate=0, scale=(1, 1))
    assert (turned - disc).abs().mean() < 0.01, "a disc stays a disc, also where the image is not square"
    bar = ((across.abs() < 15) & (down.abs() < 2)).float().expand(10, 1, -1, -1)
    turned = affine(bar, seeded(), rotate=180, translate=0, scale=(1, 1))
    assert (turned - bar).abs().mean() > 0.02
    torch.testing.assert_close(turned.sum(dim=(1, 2, 3)), bar.sum(dim=(1, 2, 3)), rtol=0.05, atol=0)
    inertia = (turned * (down**2 + across**2)).sum(dim=(1, 2, 3))
    torch.testing.assert_close(inertia, (bar * (down**2 + across**2)).sum(dim=(1, 2, 3)), rtol=0.05, atol=0)


@pytest.mark.parametrize("zoom", [0.5, 2.0])
def test_scale_magnifies_about_the_centre(zoom: float) -> None:
    down, across = grid(40, 40)
    square = ((down.abs() < 6) & (across.abs() < 6)).float()[None, None]
    result = affine(square, seeded(), rotate=0, translate=0, scale=(zoom, zoom))
    assert result.sum().item() == pytest.approx(144 * zoom**2, rel=0.05)
    torch.testing.assert_close(result, result.flip(2, 3))


def test_shifts_are_shares_of_each_side() -> None:
    down, across = grid(40, 80)
    dot = ((down.abs() < 2) & (across.abs() < 2)).float().expand(200, 1, -1, -1)
    result = affine(dot, seeded(), rotate=0, translate=0.25, scale=(1, 1))
    mass = result.sum(dim=(1, 2, 3))
    vertical, horizontal = ((result * axis).sum(dim=(1, 2, 3)) / mass for axis in (down, across))
    for shift, largest in ((vertical, 10), (horizontal, 20)):
        assert 0.9 * largest < shift.abs().max() <= largest + 0.01
        assert abs(shift.mean()) < largest / 5


def test_shear_slides_rows_along_the_width() -> None:
    _, across = grid(41, 41)
    line = (across.abs() < 2).float().expand(100, 1, -1, -1)
    result = affine(line, seeded(), rotate=0, translate=0, scale=(1, 1), shear=30)
    position = (result * across).sum(dim=3) / result.sum(dim=3)  # [N, 1, rows]
    slope = (position[:, 0, 30] - position[:, 0, 10]) / 20
    assert 0.8 * math.tan(math.radians(30)) < slope.abs().max() <= math.tan(math.radians(30)) + 1e-3
    torch.testing.assert_close(position[:, 0, 20], torch.zeros(100), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("padding", "beyond"), [("border", 1.0), ("zeros", 0.0)])
def test_padding_says_what_lies_beyond(padding: str, beyond: float) -> None:
    result = affine(torch.ones(1, 1, 20, 20), seeded(), rotate=0, translate=0, scale=(0.5, 0.5), padding=padding)  # type: ignore[arg-type]
    assert result[0, 0, 0, 0] == beyond
    assert result[0, 0, 10, 10] == 1


def test_brightness_adds_one_number_to_an_image() -> None:
    images = some_images(200) * 0.2 + 0.4
    change = color(images, seeded(), brightness=0.3, contrast=0) - images
    assert change.std(dim=(1, 2, 3)).max() < 1e-6
    amounts = change.mean(dim=(1, 2, 3))
    assert 0.28 < amounts.max() <= 0.3
    assert -0.3 <= amounts.min() < -0.28


def test_contrast_multiplies_what_differs_from_the_mean() -> None:
    images = some_images(200) * 0.4 + 0.3
    result = color(images, seeded(), brightness=0, contrast=0.5)
    torch.testing.assert_close(result.mean(dim=(1, 2, 3)), images.mean(dim=(1, 2, 3)))
    gain = result.std(dim=(1, 2, 3)) / images.std(dim=(1, 2, 3))
    assert 0.5 <= gain.min() < 0.55
    assert 1.45 < gain.max() <= 1.5001


def test_grey_is_the_mean_of_the_channels_and_invert_the_negative() -> None:
    images = some_images(channels=4)
    grey = color(images, seeded(), brightness=0, contrast=0, grey=1)
    torch.testing.assert_close(grey, images.mean(dim=1, keepdim=True).expand_as(images))
    negative = color(images, seeded(), brightness=0, contrast=0, invert=1)
    torch.testing.assert_close(negative, 1 - images)


def test_a_probability_is_the_share_of_images_that_change() -> None:
    images = some_images(2000, 2, 4, 4)
    changes = {
        "invert": color(images, seeded(), brightness=0, contrast=0, invert=0.3),
        "grey": color(images, seeded(), brightness=0, contrast=0, grey=0.3),
        "blur": blur(images, seeded(), probability=0.3, sigma=(1, 1)),
        "cutout": cutout(images, seeded(), probability=0.3, size=1.0),
        "mirror": mirror(images, seeded(), probability=0.3),
    }
    for name, result in changes.items():
        changed = (result != images).flatten(1).any(dim=1).double().mean().item()
        assert changed == pytest.approx(0.3, abs=0.05), name  # five standard errors


def test_noise_has_the_strength_drawn_for_its_image() -> None:
    images = torch.full((500, 1, 32, 32), 0.5)
    strength = (noise(images, seeded(), std=0.1) - images).std(dim=(1, 2, 3))
    assert strength.max() < 0.11
    assert strength.min() < 0.005
    assert strength.mean().item() == pytest.approx(0.05, rel=0.15)


@pytest.mark.parametrize("sigma", [0.5, 1.3])
def test_blur_is_a_gaussian_of_its_width(sigma: float) -> None:
    down, across = grid(21, 21)
    dot = torch.zeros(1, 1, 21, 21)
    dot[0, 0, 10, 10] = 1
    result = blur(dot, seeded(), probability=1, sigma=(sigma, sigma))[0, 0]
    expected = torch.exp(-(down**2 + across**2).double() / (2 * sigma**2))
    torch.testing.assert_close(result.double(), expected / expected.sum(), atol=2e-3, rtol=0)
    assert result.sum().item() == pytest.approx(1, rel=1e-5)


def test_blur_leaves_an_even_image_alone_up_to_its_border() -> None:
    images = torch.full((2, 3, 9, 7), 0.3)
    torch.testing.assert_close(blur(images, seeded(), probability=1, sigma=(2, 2)), images)


def test_a_mirrored_image_has_its_columns_in_reverse_and_twice_mirrored_is_itself() -> None:
    images = some_images(height=5, width=7)
    mirrored = mirror(images, seeded(), probability=1.0)
    assert mirrored[2, 1, 3].tolist() == images[2, 1, 3].tolist()[::-1]
    assert torch.equal(mirror(mirrored, seeded(), probability=1.0), images)


def test_cutout_paints_a_grey_rectangle_of_its_size() -> None:
    images = torch.zeros(300, 2, 20, 40)
    painted = cutout(images, seeded(), size=0.2) != 0
    assert set(cutout(images, seeded(), size=0.2).unique().tolist()) == {0.0, 0.5}
    assert torch.equal(painted[:, 0], painted[:, 1])
    rows, columns = painted[:, 0].any(dim=2).sum(dim=1), painted[:, 0].any(dim=1).sum(dim=1)
    assert rows.max() == 4
    assert columns.max() == 8
    assert torch.equal(painted[:, 0].sum(dim=(1, 2)), rows * columns)
    assert painted[:, 0].any(dim=0).all(), "every pixel is hit now and then"
