"""From a data table to image sets: decoded and converted once, then cut into training and validation."""

import numpy as np
import pytest
from pydantic import ValidationError

from ganforge.data.images import Images
from ganforge.data.loading import load_images, normalization_of
from ganforge.data.transform import SYMMETRIC, UNIT, Normalization
from ganforge.errors import DataError
from ganforge.recipe.schema import DataTable


class Generated:
    """A dataset of ten colour images, each of one value."""

    def __init__(self, height=6, width=6, channels=3, labels=True):
        self.shape = (10, height, width, channels)
        self.classes = 10 if labels else None
        self.decoded = 0

    def files(self):
        return ()

    def decode(self):
        self.decoded += 1
        pixels = np.broadcast_to(np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1), self.shape).copy()
        return Images(pixels, np.arange(10) if self.classes else None, ("made up",))


class Gap(Generated):
    """A dataset of the classes 0 to 9 without any image of 3 and 4."""

    def decode(self):
        images = super().decode()
        there = [0, 1, 2, 5, 6, 7, 8, 9]
        return Images(images.images[there], images.labels[there])


@pytest.fixture
def load(tmp_path):
    said = []

    def load(dataset=None, version="1", leader=None, **keys):
        table = DataTable(use="x/generated", **keys)
        name, where = ("target", "recipe.toml:9") if leader else ("source", "recipe.toml:4")
        component = type(dataset or Generated()).__name__
        identity = {"component": f"x/{component}", "version": version, "options": {"path": tmp_path}}
        return load_images(name, table, dataset or Generated(), identity, tmp_path, said.append, where, leader)

    load.said = said
    return load


def test_without_more_the_images_are_those_of_the_dataset(load):
    loaded = load()
    assert loaded.train.name == "source"
    assert np.array_equal(loaded.train.images, Generated().decode().images)
    assert loaded.train.labels.tolist() == list(range(10))
    assert loaded.train.classes == 10
    assert loaded.validation is None
    assert "x/Generated: made up" in loaded.notices


def test_validation_images_are_the_last(load):
    loaded = load(validation=3)
    assert loaded.train.labels.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert loaded.validation.labels.tolist() == [7, 8, 9]
    assert loaded.validation.name == "validation"


def test_a_limit_comes_before_the_split(load):
    loaded = load(limit=6, validation=2)
    assert loaded.train.labels.tolist() == [0, 1, 2, 3]
    assert loaded.validation.labels.tolist() == [4, 5]
    assert len(load(limit=100).train) == 10


def test_only_the_images_of_some_classes_are_used_and_their_labels_stay(load):
    loaded = load(classes=[9, 2, 5])
    assert loaded.train.labels.tolist() == [2, 5, 9]
    assert loaded.train.images[:, 0, 0, 0].tolist() == [2, 5, 9]
    assert loaded.train.classes == 10
    assert loaded.train.facts.classes == 10


def test_classes_are_chosen_before_the_limit_and_the_split(load):
    loaded = load(classes=[0, 2, 4, 6, 8], limit=4, validation=1)
    assert loaded.train.labels.tolist() == [0, 2, 4]
    assert loaded.validation.labels.tolist() == [6]


def test_classes_and_size_may_change_at_once(load):
    dataset = Generated()
    loaded = load(dataset, classes=[3], resize=4, channels=1)
    assert loaded.train.images.shape == (1, 4, 4, 1)
    assert np.array_equal(loaded.train.images, load(dataset, resize=4, channels=1).train.images[3:4])
    assert dataset.decoded == 1


def test_other_classes_are_other_data(load):
    everything, some, others = load(), load(classes=[0, 1]), load(classes=[1, 2])
    assert len({everything.train.digest, some.train.digest, others.train.digest}) == 3
    assert load(classes=[1, 0, 1]).train.digest == some.train.digest
    assert load().train.digest == load(classes=range(10)).train.digest


@pytest.mark.parametrize(
    ("dataset", "classes", "said"),
    [
        (Generated(labels=False), [3], "chooses classes, and its images have no labels"),
        (Generated(), [3, 10, 12], "chooses the classes 10, 12, and its images have the classes 0 to 9"),
        (Gap(), [3, 4], r"no image of the classes \[3, 4\]"),
    ],
)
def test_classes_that_are_not_there_are_refused_with_their_place(load, dataset, classes, said):
    with pytest.raises(DataError, match=said) as caught:
        load(dataset, classes=classes)
    assert caught.value.where == "recipe.toml:4"
    assert "[data.source]" in caught.value.message
    assert caught.value.fix


def test_no_classes_at_all_are_a_mistake_of_the_recipe():
    with pytest.raises(ValidationError, match="must name at least one class"):
        DataTable(use="x/y", classes=[])
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        DataTable(use="x/y", classes=[-1])


@pytest.mark.parametrize("keys", [{"validation": 10}, {"skip": 8, "validation": 2}, {"validation": 99}])
def test_something_must_be_left_to_train_on(load, keys):
    with pytest.raises(DataError, match=r"\[data\.source\] holds out") as caught:
        load(**keys)
    assert caught.value.where == "recipe.toml:4"


def test_images_are_decoded_and_converted_once(load):
    dataset = Generated()
    first = load(dataset, resize=4, channels=1)
    again = load(dataset, resize=4, channels=1)
    assert dataset.decoded == 1
    assert first.train.images.shape == (10, 4, 4, 1)
    assert np.array_equal(first.train.images, again.train.images)
    assert first.train.images[:, 0, 0, 0].tolist() == list(range(10))
    load(dataset, resize=5)
    assert dataset.decoded == 1
    assert len([text for text in load.said if "decoding" in text]) == 1


def test_another_version_is_decoded_anew(load):
    dataset = Generated()
    load(dataset)
    load(dataset, version="2")
    assert dataset.decoded == 2


def test_a_size_that_is_right_already_is_no_conversion(load, tmp_path):
    load(resize=6, channels=3)
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_images_need_not_be_square(load):
    loaded = load(Generated(width=8))
    assert loaded.train.images.shape == (10, 6, 8, 3)
    assert (loaded.train.facts.image_size, loaded.train.facts.height, loaded.train.facts.width) == ((6, 8), 6, 8)
    assert load(Generated(width=8), resize=6).train.facts.image_size == 6
    assert load(Generated(), resize=[4, 12]).train.images.shape == (10, 4, 12, 3)
    assert DataTable(use="x/y", resize=[4, 4]) == DataTable(use="x/y", resize=4)


def test_unlabelled_images(load):
    loaded = load(Generated(labels=False), validation=2)
    assert loaded.train.labels is None
    assert loaded.train.classes is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("symmetric", SYMMETRIC),
        ("unit", UNIT),
        ({"mean": [0.1, 0.2, 0.3], "std": [1.0, 2.0, 3.0]}, Normalization((0.1, 0.2, 0.3), (1.0, 2.0, 3.0))),
    ],
)
def test_normalisation_is_what_the_table_says(load, written, meant):
    assert normalization_of(DataTable(use="x/y", normalize=written)) == meant
    assert load(normalize=written).train.normalization == meant


def test_normalisation_must_have_one_value_or_one_per_channel(load):
    assert load(normalize={"mean": [0.1], "std": [0.2]}).train.normalization == Normalization((0.1,), (0.2,))
    with pytest.raises(DataError, match="3 channels") as caught:
        load(normalize={"mean": [0.1, 0.2], "std": [1.0, 1.0]})
    assert caught.value.where == "recipe.toml:4"


def test_equal_data_has_an_equal_digest(load):
    assert load().train.digest == load(version="2").train.digest
    assert load().train.digest != load(resize=4).train.digest


class Folders(Generated):
    """Forty images, sorted by class as class folders are: 20 of class 0, 10 of 1, 10 of 2."""

    def decode(self):
        labels = np.repeat([0, 1, 2], [20, 10, 10])
        pixels = np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1) * np.ones((1, 4, 4, 1), np.uint8)
        return Images(pixels, labels)


class Shuffled(Folders):
    """The same, not sorted."""

    def decode(self):
        images = super().decode()
        order = np.random.default_rng(0).permutation(40)
        return Images(images.images[order], images.labels[order])

    @staticmethod
    def alike():
        """As many images without labels, in the order of the folders."""

        class Partners(Generated):
            def decode(self):
                return Images(Folders().decode().images)

        return Partners(labels=False)


def values(part):
    return part.images[:, 0, 0, 0].tolist()


class TestRanges:
    @pytest.mark.parametrize(
        ("keys", "expected"),
        [
            ({"skip": 3}, range(3, 10)),
            ({"limit": 3}, range(3)),
            ({"skip": 3, "limit": 4}, range(3, 7)),
            ({"range": [2, 6]}, range(2, 6)),
            ({"range": [2, 99]}, range(2, 10)),
            ({"range": [2, 8], "validation": 2}, range(2, 6)),
        ],
    )
    def test_take_what_they_say(self, load, keys, expected):
        assert values(load(**keys).train) == list(expected)

    def test_validation_is_the_end_of_the_range(self, load):
        assert values(load(range=[2, 8], validation=2).validation) == [6, 7]

    @pytest.mark.parametrize("keys", [{"skip": 10}, {"range": [10, 12]}, {"skip": 12, "validation": 1}])
    def test_that_hold_no_image_are_refused(self, load, keys):
        with pytest.raises(DataError, match=r"has 10 images, and uses those from number 1[02] on"):
            load(**keys)

    @pytest.mark.parametrize(
        ("keys", "message"),
        [
            ({"range": [3, 3]}, "at least one image"),
            ({"range": [0, 3], "limit": 2}, "without `skip` and `limit`"),
            ({"limit": 3, "validation": 3}, "less than the 3 images in use"),
        ],
    )
    def test_that_contradict_each_other_are_refused(self, keys, message):
        with pytest.raises(ValidationError, match=message):
            DataTable(use="x/y", **keys)


class TestSortedByClass:
    @pytest.mark.promise(
        "Of data sorted by class, `validation` and `limit` take every class in proportion.", about="wrong"
    )
    def test_each_part_has_every_class_in_proportion(self, load):
        loaded = load(Folders(), validation=8)
        assert np.bincount(loaded.validation.labels).tolist() == [4, 2, 2]
        assert np.bincount(loaded.train.labels).tolist() == [16, 8, 8]
        assert sorted(values(loaded.train) + values(loaded.validation)) == list(range(40))
        assert np.bincount(load(Folders(), limit=20).train.labels).tolist() == [10, 5, 5]
        assert np.bincount(load(Folders(), range=[4, 12]).train.labels).tolist() == [4, 2, 2]

    def test_images_keep_their_labels(self, load):
        loaded = load(Folders(), validation=8)
        labels = np.repeat([0, 1, 2], [20, 10, 10])
        for part in (loaded.train, loaded.validation):
            assert part.labels.tolist() == labels[values(part)].tolist()

    def test_the_whole_keeps_its_order(self, load):
        assert values(load(Folders()).train) == list(range(40))

    def test_the_classes_may_come_in_any_order(self, load):
        class Backwards(Folders):
            def decode(self):
                images = super().decode()
                return Images(images.images[::-1], images.labels[::-1])

        assert np.bincount(load(Backwards(), validation=8).validation.labels).tolist() == [4, 2, 2]

    def test_one_class_alone_is_in_no_order_by_class(self, load):
        assert values(load(Folders(), classes=[1], validation=3).validation) == [27, 28, 29]

    def test_ranges_that_do_not_meet_share_no_image(self, load):
        parts = [values(load(Folders(), **keys).train) for keys in ({"range": [0, 25]}, {"skip": 25, "limit": 9})]
        assert not {*parts[0]} & {*parts[1]}
        assert [len(part) for part in parts] == [25, 9]

    def test_other_orders_are_kept(self, load):
        images = Shuffled().decode().images[:, 0, 0, 0].tolist()
        loaded = load(Shuffled(), validation=8)
        assert values(loaded.train) + values(loaded.validation) == images

    @pytest.mark.promise("A notice tells which classes a part of the data lacks.", about="wrong")
    def test_a_part_without_a_class_says_so(self, load):
        loaded = load(Folders(), limit=2, validation=1)
        assert "[data.source]: its validation images hold none of the classes 0, 2" in "; ".join(loaded.notices)


class Deep(Generated):
    """Ten images from 0 to a value."""

    def __init__(self, dtype, top):
        super().__init__(labels=False)
        self.dtype, self.top = dtype, top

    def decode(self):
        return Images(np.linspace(0, self.top, 10).astype(self.dtype).reshape(-1, 1, 1, 1))


@pytest.mark.promise("A notice tells that images use less than a tenth of the range of their type.", about="wrong")
@pytest.mark.parametrize(
    ("dtype", "top", "said"),
    [
        (np.uint16, 4095, "its values run from 0 to 4,095, a small part of 0 to 65,535"),
        (np.uint8, 1, "its values run from 0 to 1, a small part of 0 to 255"),
        (np.uint8, 255, None),
        (np.uint16, 6554, None),
    ],
)
def test_a_range_below_a_tenth_of_the_type_s_is_said(load, dtype, top, said):
    notices = "; ".join(load(Deep(dtype, top), version=f"{dtype} {top}").notices)
    assert said in notices if said else not notices


def test_equal_labels_are_said(load):
    class One(Folders):
        def decode(self):
            return Images(Folders().decode().images, np.full(40, 2))

    assert any("all of its 40 images have the label 2" in notice for notice in load(One()).notices)


@pytest.mark.parametrize(("largest", "said"), [(39, None), (500, "go up to 500, and only 40 of them are there")])
def test_labels_with_wide_gaps_are_said(load, largest, said):
    class Sparse(Folders):
        def __init__(self):
            super().__init__()
            self.classes = largest + 1

        def decode(self):
            return Images(Folders().decode().images, np.append(np.arange(39), largest))

    notices = "; ".join(load(Sparse(), version=str(largest)).notices)
    assert said in notices if said else "go up to" not in notices


def test_labels_without_bound_are_refused(load):
    class Endless(Folders):
        def __init__(self):
            super().__init__()
            self.classes = 3_000_001

    with pytest.raises(DataError, match="go up to 3,000,000: at most 100,000 classes") as caught:
        load(Endless())
    assert "np.unique" in caught.value.fix


class Worded(Folders):
    """Class folders of names, the last of them empty."""

    def __init__(self):
        super().__init__()
        self.classes = 4

    def decode(self):
        images = super().decode()
        return Images(images.images, images.labels, class_names=("ant", "bee", "cat", "dog"))


class TestNamesOfClasses:
    def test_are_kept_and_part_of_the_digest(self, load):
        loaded = load(Worded(), resize=3, validation=8)
        names = ("ant", "bee", "cat", "dog")
        assert loaded.train.facts.class_names == loaded.validation.class_names == names
        assert load(Worded()).train.digest != load(Folders()).train.digest

    def test_tell_what_a_part_lacks(self, load):
        loaded = load(Worded(), limit=2, validation=1)
        assert "[data.source]: its validation images hold none of the classes ant, cat" in "; ".join(loaded.notices)

    def test_are_as_many_as_the_classes(self, load):
        class Short(Worded):
            def decode(self):
                images = super().decode()
                return Images(images.images, images.labels, class_names=("ant", "bee", "cat"))

        with pytest.raises(DataError, match="there are 4 classes with the names"):
            load(Short())


class Named(Generated):
    """Images with names, each of the value that its name says."""

    def __init__(self, *names):
        super().__init__(labels=False)
        self.names = names

    def decode(self):
        pixels = np.array([int(name.rpartition("-")[2]) for name in self.names], np.uint8)
        return Images(pixels.reshape(-1, 1, 1, 1) * np.ones((1, 4, 4, 1), np.uint8), names=self.names)


class TestPairs:
    @pytest.mark.parametrize(
        "keys", [{}, {"validation": 8}, {"skip": 3, "limit": 9}, {"classes": [0, 2], "validation": 3}]
    )
    def test_partners_share_every_choice(self, load, keys):
        leader = load(Folders(), **keys)
        loaded = load(Shuffled.alike(), leader=leader)
        assert values(loaded.train) == values(leader.train)
        assert (loaded.validation is None) == (leader.validation is None)
        if leader.validation is not None:
            assert values(loaded.validation) == values(leader.validation)
        assert loaded.train.name == "target"

    def test_partners_may_be_of_another_size(self, load):
        leader = load(Folders(), validation=8, resize=3)
        loaded = load(Shuffled.alike(), leader=leader, resize=6)
        assert loaded.train.images.shape == (32, 6, 6, 1)
        assert values(loaded.validation) == values(leader.validation)

    def test_without_names_there_must_be_as_many(self, load):
        with pytest.raises(DataError, match=r"\[data.target\] has 10 images, and \[data.source\] 40") as caught:
            load(Generated(), leader=load(Folders()))
        assert caught.value.where == "recipe.toml:9"

    def test_names_find_each_other_in_any_order(self, load):
        leader = load(Named("a-1", "b-2", "c-3", "d-4"), validation=1)
        loaded = load(Named("d-4", "a-1", "c-3", "b-2"), version="2", leader=leader)
        assert values(loaded.train) == [1, 2, 3]
        assert values(loaded.validation) == [4]

    def test_missing_partners_are_listed_all_at_once(self, load):
        leader = load(Named(*(f"x-{number}" for number in range(30))))
        with pytest.raises(DataError) as caught:
            load(Named("x-1", "x-29", "y-7"), version="2", leader=leader)
        message = caught.value.message
        assert "not in [data.target]:\n  x-0\n  x-2\n" in message
        assert "\n  and 18 more\nnot in [data.source]:\n  y-7" in message
        assert caught.value.where == "recipe.toml:9"
        assert "add the missing files" in caught.value.fix

    def test_a_name_stands_for_one_image(self, load):
        with pytest.raises(DataError, match=r"several images of \[data.target\] have one name.*\n  a-1"):
            load(Named("a-1", "a-1"), version="2", leader=load(Named("a-1", "b-2")))
