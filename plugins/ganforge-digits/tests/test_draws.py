import numpy as np

from ganforge_digits.draws import BLOCK, Draws, draw_images


def render(draws, labels):
    """Return two pixels per image: its label and a random one."""
    noise = draws.rng.integers(256, size=len(labels))
    return np.stack([labels, noise], axis=1).astype(np.uint8).reshape(-1, 1, 2, 1)


def drawn(count, seed=0, domain=1):
    return draw_images(render, count=count, seed=seed, domain=domain)


def test_each_run_of_ten_holds_every_digit_once_in_an_order_of_its_own():
    runs = drawn(500).labels.reshape(-1, 10)
    assert (np.sort(runs, axis=1) == np.arange(10)).all()
    assert len(np.unique(runs, axis=0)) > 45


def test_labels_stay_with_their_images():
    images = drawn(2 * BLOCK + 7)
    np.testing.assert_array_equal(images.images[:, 0, 0, 0], images.labels)


def test_an_image_does_not_depend_on_the_count():
    few, many = drawn(7), drawn(3 * BLOCK + 1)
    np.testing.assert_array_equal(few.images, many.images[:7])
    np.testing.assert_array_equal(few.labels, many.labels[:7])
    assert len(many.images) == len(many.labels) == 3 * BLOCK + 1


def test_blocks_seeds_and_domains_differ():
    noise = [
        drawn(2 * BLOCK, seed, domain).images[block * BLOCK : (block + 1) * BLOCK, 0, 1, 0].tobytes()
        for seed in (0, 1, 2**32)
        for domain in (1, 2)
        for block in (0, 1)
    ]
    assert len(set(noise)) == 12
    assert drawn(50, domain=1).labels.tolist() != drawn(50, domain=2).labels.tolist()


def test_draws_are_one_float32_number_per_image():
    draws = Draws(np.random.default_rng(0), 5000)
    uniform, normal, chance = draws.uniform(2, 4), draws.normal(3), draws.chance(0.2)
    assert uniform.shape == normal.shape == chance.shape == (5000, 1, 1)
    assert uniform.dtype == normal.dtype == np.float32
    assert uniform.min() >= 2
    assert uniform.max() < 4
    assert abs(uniform.mean() - 3) < 0.05
    assert abs(normal.std() - 3) < 0.15
    assert abs(chance.mean() - 0.2) < 0.03
    assert draws.normal(1, 3, 4).shape == (5000, 3, 4)
    sizes = np.resize([1, 2, 3], 5000)
    index = draws.index(sizes)
    assert (index < sizes).all()
    assert np.unique(index).tolist() == [0, 1, 2]
