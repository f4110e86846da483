"""Images at hand and the batch of any step."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganforge.data.source import Batches, ImageSet
from ganforge.data.transform import SYMMETRIC, Normalization
from ganforge.method import geometric

CPU = torch.device("cpu")


def image_set(count=20, channels=3, labels=True, dtype=np.uint8, name="source"):
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, np.iinfo(dtype).max + 1, (count, 4, 4, channels), dtype)
    return ImageSet(name, pixels, draw.integers(0, 10, count) if labels else None, 10, SYMMETRIC, "digest")


def batches(images, *augment, seed=3, batch_size=6, dtype=torch.float32):
    return Batches(images, batch_size, seed, CPU, dtype, augment)


class TestImageSet:
    def test_facts(self):
        facts = image_set(channels=1).facts
        assert (facts.image_size, facts.channels, facts.classes) == (4, 1, 10)

    def test_a_slice_is_a_set_of_its_own(self):
        whole = image_set()
        part = whole.slice(5, 9, "validation")
        assert (part.name, len(part)) == ("validation", 4)
        assert np.array_equal(part.images, whole.images[5:9])
        assert np.array_equal(part.labels, whole.labels[5:9])
        assert image_set(labels=False).slice(0, 3, "train").labels is None

    @given(st.integers(1, 3000), st.integers(1, 400))
    def test_blocks_cover_the_set_evenly(self, count, size):
        pixels = np.zeros((count, 1, 1, 1), np.uint8)
        blocks = ImageSet("s", pixels, None, None, SYMMETRIC, "").blocks(size)
        assert [i for block in blocks for i in range(count)[block]] == list(range(count))
        lengths = {len(range(count)[block]) for block in blocks}
        assert max(lengths) <= size
        assert max(lengths) - min(lengths) <= 1
        assert len(blocks) == -(-count // size)

    @pytest.mark.parametrize("indices", [slice(2, 7), [3, 1, 1]])
    def test_tensors_are_normalised(self, indices):
        images = image_set()
        expected = images.images[indices].astype(np.float64) / 127.5 - 1
        found = images.tensor(indices)
        assert found.dtype == torch.float32
        np.testing.assert_allclose(found.permute(0, 2, 3, 1).numpy(), expected, atol=1e-6)

    def test_pictures_are_the_images_again(self):
        images = image_set()
        assert np.array_equal(images.pictures(images.tensor(slice(None))), images.images)
        narrow = ImageSet("s", images.images, None, None, Normalization((0.1, 0.2, 0.3), (0.5, 1.0, 2.0)), "")
        assert np.array_equal(narrow.pictures(narrow.tensor(slice(None))), images.images)

    def test_pictures_of_16_bits_lose_the_lower_ones(self):
        images = image_set(dtype=np.uint16)
        pictures = images.pictures(images.tensor(slice(None)))
        assert pictures.dtype == np.uint8
        assert np.abs(pictures.astype(int) - images.images.astype(int) // 257).max() <= 1


class TestBatches:
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_images_labels_and_places_belong_together(self, dtype):
        images = image_set(dtype=dtype)
        source = batches(images)
        for step in (0, 7, 3):
            indices = source.indices(step)
            assert torch.equal(source.images(step), images.tensor(indices))
            assert source.labels(step).tolist() == images.labels[indices].tolist()
            assert source.places(step).tolist() == indices.tolist()

    def test_the_images_in_the_first_batches(self):
        source = batches(image_set())
        drawn = np.concatenate([source.indices(step) for step in range(3)])
        assert source.drawn_in(3).tolist() == sorted(drawn)
        assert source.drawn_in(1000) is None

    def test_roles_and_seeds_draw_apart(self):
        first = batches(image_set()).indices(0)
        assert not np.array_equal(first, batches(image_set(name="target")).indices(0))
        assert not np.array_equal(first, batches(image_set(), seed=4).indices(0))
        assert np.array_equal(first, batches(image_set(), seed=3).indices(0))

    def test_double_precision(self):
        assert batches(image_set(), dtype=torch.float64).images(0).dtype == torch.float64

    def test_a_memory_mapped_set_stays_where_it_is(self, tmp_path):
        np.save(tmp_path / "images.npy", image_set().images)
        mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
        images = ImageSet("source", mapped, None, None, SYMMETRIC, "")
        drawn = batches(images).images(2)
        assert torch.equal(drawn, batches(image_set()).images(2))
        drawn.zero_()
        assert np.array_equal(mapped, image_set().images)


class TestPairs:
    def test_partners_are_drawn_together(self):
        source = batches(image_set())
        target = Batches(image_set(channels=1, name="target"), 6, 3, CPU, leader=source)
        for step in (0, 4, 9):
            assert np.array_equal(source.indices(step), target.indices(step))
        assert not target.augmented

    def test_what_moves_pixels_there_moves_them_here_first(self):
        @geometric
        def move(images, generator):
            return images.roll(int(torch.randint(1, 4, (1,), generator=generator)), 3)

        def blink(images, generator):
            return images * torch.rand(1, generator=generator)

        source = batches(image_set(), blink, move)
        target = Batches(image_set(name="target"), 6, 3, CPU, leader=source)
        moved = Batches(image_set(), 6, 3, CPU, augment=[lambda images, _: images, move])
        assert target.augmented
        for step in range(5):
            # The same images at the same indices, moved by the numbers that the source's second augmentation draws.
            assert torch.equal(target.images(step), moved.images(step))
        blinking = Batches(image_set(name="target"), 6, 3, CPU, augment=[blink], leader=source)
        assert not torch.equal(blinking.images(0), target.images(0))


class TestAugmentation:
    def test_it_sees_the_unit_range_before_normalisation(self):
        seen = []

        def look(images, generator):
            seen.append(images)
            return images * 0 + 1

        drawn = batches(image_set(), look).images(0)
        assert 0 <= seen[0].min() < seen[0].max() <= 1
        assert torch.equal(drawn, torch.ones(6, 3, 4, 4))

    def test_augmentations_follow_each_other_in_order(self):
        drawn = batches(image_set(), lambda x, _: x * 0 + 1, lambda x, _: x / 4).images(0)
        assert torch.equal(drawn, torch.full((6, 3, 4, 4), -0.5))

    def test_what_it_draws_depends_on_seed_step_role_and_position_alone(self):
        def noise(images, generator):
            return torch.rand(images.shape, generator=generator)

        source = batches(image_set(), noise)
        first = source.images(4)
        source.images(5)
        torch.rand(3)
        assert torch.equal(source.images(4), first)
        assert torch.equal(batches(image_set(), noise).images(4), first)
        others = [
            source.images(5),
            batches(image_set(), noise, seed=4).images(4),
            batches(image_set(name="target"), noise).images(4),
            batches(image_set(), lambda x, _: x, noise).images(4),
        ]
        assert not any(torch.equal(other, first) for other in others)
