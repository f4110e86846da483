"""The answer of a study in words: every number in it is worked out by hand here."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ganforge.study.report.answer import Answer, answer, paired
from ganforge.study.report.page import write_page
from ganforge.study.results import Row, RunResult


def said(folder: Any) -> Answer:
    return answer(folder.read())


def text(found: Answer) -> str:
    return " ".join([found.number, found.says, found.lead, *found.remarks]).replace("\N{NO-BREAK SPACE}", " ")


def test_the_best_row_without_labels_is_the_answer(maker: Any) -> None:
    found = said(maker.usual())
    assert found.question == "Which of 6 rows is best by transfer-accuracy, and by how much?"
    # The means of the seeds are 0.90 and 0.92: 0.91, with a sample standard deviation of 0.01 * sqrt(2).
    assert text(found).startswith(
        "91.00 % for “all of it”, the best of 2 rows with numbers and losses that see no label: "
        "the mean of 2 judges and 2 seeds, ± 1.41 over seeds, on 200 images of the set “test”. "
        # 0.90 - 0.40 and 0.92 - 0.40
        "It is 51.00 ± 1.41 points ahead of “without the loss”, seed by seed."
    )


def test_references_ceiling_and_labels_stand_beside_it(maker: Any) -> None:
    assert said(maker.usual()).remarks == (
        "Among published numbers for this row it is above 90.66 (paper).",
        "A faithful transfer could reach 96.00\N{NO-BREAK SPACE}%, the encoder-accuracy: 5.00 points more.",
        "With labels in the losses, “by labels” reaches 94.50\N{NO-BREAK SPACE}%, 3.50 points more.",
        "The judge that taught “by a judge” is left out of its mean there: its numbers are circular.",
    )


def test_a_lead_that_seeds_could_make_up_is_called_so(maker: Any) -> None:
    says = ({"pooled": 0.9}, {"pooled": 0.8}), ({"pooled": 0.8}, {"pooled": 0.88})
    for name, each in zip(("one", "two"), says, strict=True):
        maker.row(name, name, maker.several(name, each))
    found = said(maker.written())
    # By seed + 10 and - 8 points: 1 point, which is less than the standard deviation of 9 * sqrt(2).
    assert found.lead.replace("\N{NO-BREAK SPACE}", " ") == (
        "It is 1.00 ± 12.73 points ahead of “two”, which is no more than seeds differ by."
    )
    assert "the mean of 1 judge and 2 seeds" in text(found)


def test_rows_that_all_use_labels_are_compared_all_the_same(maker: Any) -> None:
    for name, share in (("one", 0.9), ("two", 0.8)):
        says = [{"pooled": share}, {"pooled": share}]
        maker.row(name, name, maker.several(name, says, labels=["images_labels"]))
    found = text(said(maker.written()))
    assert "90.00 % for “one”, the best of 2 rows: the mean" in found
    assert "label" not in found


def test_missing_seeds_are_counted(maker: Any) -> None:
    maker.row("one", "one", {0: maker.run("one-0").name, 1: "one-1"}, status="not run")
    found = text(said(maker.written()))
    assert "the only row: the mean of 2 judges and 1 of 2 seeds, on 200 images" in found


def test_without_a_number_there_is_no_answer(maker: Any) -> None:
    maker.row("one", "one", {0: "one-0", 1: "one-1"}, status="not run")
    found = said(maker.written())
    assert found.number == ""
    assert found.lead == "There is no answer yet: no run is finished."


def test_the_conditions_are_said(maker: Any) -> None:
    source = write_page(maker.usual()).read_text(encoding="utf-8")
    facts = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]+)</dd></div>", source))
    assert facts["Seeds"] == "0, 1"
    assert facts["Base recipe"] == "base.toml"
    assert facts["Runs"] == "8 of 10 finished, 11:04 of training in all"
    assert facts["Judges"] == "pooled, strided: no gradient of theirs reached a row, unless marked"
    assert facts["Images"] == "all of each set: validation 50, test 200"
    assert facts["Batch norm when measured"] == (
        "statistics taken anew from training images; in columns [batch] statistics of each test batch"
    )


@pytest.mark.parametrize("missing", [0, 1])
def test_pairs_need_the_same_seeds(missing: int) -> None:
    def row(*values: float | None) -> Row:
        runs = {
            seed: RunResult("r", "failed") if value is None else RunResult("r", "finished", sets={"test": {"m": value}})
            for seed, value in enumerate(values)
        }
        return Row("v", "v", "", "m", {}, {}, runs=runs)

    pairs = paired(row(0.5, 0.75), row(0.25, 0.25), "test")
    assert pairs is not None
    assert pairs.values == (0.25, 0.5)
    assert paired(row(0.5, 0.75), row(*(None if seed == missing else 0.5 for seed in (0, 1))), "test") is None


def test_a_search_ranks_as_its_table_does(maker: Any) -> None:
    """A search that minimizes has the lowest number first, ahead by how much less it is."""
    for name, share in (("trial-001", 0.2), ("trial-000", 0.5)):
        maker.row(name, name, maker.several(name, [{"pooled": share}] * 2))
    folder = maker.written()
    text_of = (
        folder.study.read_text(encoding="utf-8")
        .partition("[variants")[0]
        .replace('sets = ["validation", "test"]\n', "")
    )
    folder.study.write_text(f'{text_of}[search]\nmethod = "later"\n[search.keys]\n"a.b" = [1]\n', encoding="utf-8")
    found = said(folder)
    assert found.question == "Which of 2 trials is best by transfer-accuracy, and by how much?"
    assert text(found).startswith("20.00 % for “trial-001”, the best of 2 rows")
    assert "It is 30.00 ± 0.00 points ahead of “trial-000”" in text(found)
    assert "images of the set “validation”" in text(found)
