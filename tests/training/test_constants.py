"""Tables and statistics of the training images: the rows that they have, and the steps that look them up."""

import pytest
import torch


class TestTables:
    def test_have_rows_for_the_images_that_are_drawn(self, workshop):
        whole = workshop.stepper(workshop.recipe("train.steps=100"))
        few = workshop.stepper(workshop.recipe("train.steps=2", "train.batch_size=3"))
        for name in ("source_code", "target_code"):
            table = few.leaves.constants.tables[name]
            drawn = torch.cat([few.batches[table.role].places(step) for step in range(2)])
            assert len(table.values) == 6
            torch.testing.assert_close(table[drawn], whole.leaves.constants.tables[name][drawn])

    def test_serve_the_batches_of_their_steps(self, workshop):
        stepper = workshop.stepper(workshop.recipe("train.steps=2", "train.batch_size=3", "train.precision=fp64"))
        for number in range(2):
            images = stepper.batches["source"].images(number)
            values = stepper.leaves.values(number)
            torch.testing.assert_close(values["source_code"], stepper.parts.networks["encoder"](images))

    def test_that_lack_rows_are_of_no_image_set(self, workshop):
        stepper = workshop.stepper(workshop.recipe("train.steps=2", "train.batch_size=3"))
        assert stepper.leaves.constants.of({role: one.set for role, one in stepper.batches.items()}) == {}

    def test_of_an_image_set_are_of_that_very_set(self, workshop):
        stepper = workshop.stepper(workshop.recipe("train.steps=100"))
        sets = {role: one.set for role, one in stepper.batches.items()}
        constants = stepper.leaves.constants
        assert constants.of({"source": sets["source"]}).keys() == {"source_code"}
        assert constants.of({"source": sets["target"]}) == {}
        assert constants.of({"source": None}) == {}

    def test_have_all_rows_where_a_statistic_is_computed_from_them(self, workshop):
        changes = ("train.steps=2", "train.batch_size=3", 'method.use="dtn/standardized"')
        constants = workshop.stepper(workshop.recipe(*changes)).leaves.constants
        assert constants.tables["raw_source_code"].places is None
        whole = workshop.stepper(workshop.recipe("train.steps=100", changes[2])).leaves.constants
        assert constants.statistics.keys() == whole.statistics.keys() >= {"source_mean", "target_spread"}
        for name, value in constants.statistics.items():
            assert torch.equal(value, whole.statistics[name])

    def test_an_image_without_a_row_is_no_other_one(self, workshop):
        stepper = workshop.stepper(workshop.recipe("train.steps=2", "train.batch_size=3"))
        table = stepper.leaves.constants.tables["source_code"]
        drawn = {int(one) for step in range(2) for one in stepper.batches["source"].places(step)}
        missing = next(one for one in range(48) if one not in drawn)
        with pytest.raises(IndexError):
            table[torch.tensor([missing])]


class TestPasses:
    def test_one_serves_everything_of_a_role(self, workshop, monkeypatch):
        """The encoder reads each image once for its code and for its class scores, which another loss asks for."""
        read: list[int] = []
        encoder = type(workshop.stepper(workshop.recipe()).parts.networks["encoder"])
        forward = encoder.forward
        monkeypatch.setattr(encoder, "forward", lambda self, images: read.append(len(images)) or forward(self, images))
        soft = 'losses.soft={ use = "dtn/f-constancy", distance = "basics/soft-labels" }'
        stepper = workshop.stepper(workshop.recipe("train.steps=100", soft))
        assert {"source_code", "source_logits"} <= stepper.leaves.constants.tables.keys()
        assert sum(read) == len(stepper.batches["source"].set) + len(stepper.batches["target"].set)
