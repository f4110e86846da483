"""The page of a run: that everything is on it, that nothing escapes it, and what it says when things are missing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganforge.errors import RunError
from ganforge.measuring.readings import LARGEST
from ganforge.report.page import write_report
from ganforge.report.pictures import grids, pair_grid, save_picture
from ganforge.report.readings import Readings, save_readings
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory, create
from html_page import Page

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}&"


def page(run: RunDirectory) -> Page:
    found = Page(write_report(run))
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    return found


def test_the_answer_is_on_top(writer: Any) -> None:
    text = page(writer.transfer()).text
    assert "street → writing" in text
    assert "When images of acme/street are transferred to acme/writing, do they keep their label?" in text
    assert "85.0 % do: the mean of 2 judges that took no part in training, on 200 images" in text
    assert "A faithful transfer could reach 98.0 %, the encoder-accuracy." in text
    assert "90.0 % 85.1-93.4 , 200 images" in text  # Wilson's interval of 180 of 200
    assert "80.0 % 73.9-85.0 , 200 images" in text
    assert "Labels in the losses none" in text
    assert "statistics taken anew from training images" in text
    assert "step 200 of 400: the highest transfer-accuracy (90.0 %) on 50 validation images" in text
    assert "400 steps of 16 images, seed 3, 1:23" in text


def test_every_section_is_there(writer: Any) -> None:
    found = page(writer.transfer())
    for section in ("answer", "pairs", "time", "curves", "confusion", "metrics", "provenance", "next"):
        assert section in found.ids
    links = [str(link["href"]) for link in found.all("a")]
    assert all(link[1:] in found.ids for link in links if link.startswith("#"))
    for fact in (
        "frechet-distance - 12.5",
        "5a" * 32,
        "only a part of the official file",
        "0123456789abcdef",
        "ganforge-acme 1.2",
        "a processor",
        "recipes/judge.toml",
        'use = "acme/generator"',
        "judge-2 is not beside this run",
    ):
        assert fact in found.text
    assert re.search(r"ganforge transfer \S+transfer IMAGES -o FOLDER", found.text)


def test_pairs_say_what_every_reader_said(writer: Any) -> None:
    run = writer.transfer()
    found = page(run)
    pairs = [attributes for attributes in found.all("li") if "data-misread" in attributes]
    assert len(pairs) == 42
    assert sum("data-extra" in pair for pair in pairs) == 2
    assert "adds 2 more of the 40 that at least half of the judges misread" in found.text
    # Both judges misread the first image of the set, one of them the 21st, and neither the last.
    assert [pairs[place]["data-misread"] for place in (0, 4, 39)] == ["2", "1", "0"]
    label, other = writer.labels[0], (writer.labels[0] + 1) % 10
    assert f"label {label} pooled ✗ {other} strided ✗ {other} encoder ✗ {other}" in found.text
    label, other = writer.labels[20], (writer.labels[20] + 1) % 10
    assert f"label {label} pooled {label} strided ✗ {other} encoder {label}" in found.text
    assert all(image["alt"] and image["width"] for image in found.all("img"))


def test_curves_and_grids_are_on_the_page(writer: Any) -> None:
    run = writer.transfer()
    found = page(run)
    assert [chart["id"] for chart in found.charts["charts"]] == ["losses", "monitors", "validation"]
    assert found.charts["kept"] == 200
    steps = [figure["data-step"] for figure in found.all("figure") if "data-step" in figure]
    assert steps == ["100", "200", "400"]
    assert grids(run.samples)[1].halves[0] in found.source


def test_warnings_are_on_top_and_on_the_curves(writer: Any) -> None:
    run = writer.transfer()
    with run.journal.open("a", encoding="utf-8") as journal:
        for step in range(100, 170, 10):
            record = {"event": "warning", "step": step, "name": "d-has-won", "text": f"D has won <b>at {step}</b>"}
            journal.write(json.dumps(record) + "\n")
        journal.write(json.dumps({"event": "warning", "step": None}) + "\n")
    found = page(run)
    assert "step 100: D has won <b>at 100</b>" in found.text
    assert "step 150" not in found.text
    assert "2 more, which the journal holds" in found.text
    assert found.text.index("D has won") < found.text.index("do they keep their label?")
    assert [one["step"] for one in found.charts["warnings"]] == list(range(100, 170, 10))
    assert "warned" not in page(writer.judge()).text


def test_the_page_needs_nothing_but_itself(writer: Any) -> None:
    run = writer.transfer()
    found = page(run)
    text = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]*", "", found.source)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    for tag, attributes in found.elements:
        for name in ("src", "href", "data", "srcset", "action", "poster"):
            value = attributes.get(name)
            assert (
                value is None or value.startswith(("data:", "#")) or (tag == "a" and value == "../judge-1/report.html")
            )
    assert run.report.stat().st_size < 5_000_000


def test_only_its_own_script_may_run(writer: Any) -> None:
    found = page(writer.transfer())
    policy = next(str(meta["content"]) for meta in found.all("meta") if "http-equiv" in meta)
    (script,) = re.findall(r"<script>(.*?)</script>", found.source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy


def test_hostile_names_are_only_text(writer: Any) -> None:
    def edit(run: dict[str, Any]) -> None:
        run["metrics"]["sets"]["test"][f"transfer-accuracy/{HOSTILE}"] = 0.5
        run["metrics"]["sets"][HOSTILE] = {"images": 3, "accuracy": 1.0, HOSTILE: 0.1}
        run["metrics"]["labels_in_losses"] = [HOSTILE]
        run["record"]["plugins"][HOSTILE] = HOSTILE
        run["record"]["children"][f"judges.{HOSTILE}"] = HOSTILE
        run["record"]["children"]["networks.x"] = "../../etc"
        run["record"]["notices"]["test"] = [HOSTILE]
        run["record"]["environment"]["host"] = HOSTILE
        run["record"]["digests"][HOSTILE] = HOSTILE

    run = writer.transfer(description="hostile", edit=edit)
    quoted = strict_json.dumps(HOSTILE)
    text = run.recipe.read_text(encoding="utf-8").replace('"hostile"', quoted).replace('"acme/street"', quoted)
    run.recipe.write_text(text.replace("[judges.pooled]", f"[judges.{quoted}]"), encoding="utf-8")
    (run.path / "recipes" / "x.toml").write_text(f"# {HOSTILE}\n")
    save_readings(run.readings, [writer.readings({HOSTILE: 20})])
    with run.journal.open("a", encoding="utf-8") as journal:
        journal.write(strict_json.dumps({"event": "losses", "step": 400, HOSTILE: 1.0}) + "\n")
    expected = page(writer.transfer("harmless"))
    found = page(run)
    assert len(found.all("script")) == len(expected.all("script"))
    assert {tag for tag, _ in found.elements} == {tag for tag, _ in expected.elements}
    assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)
    assert HOSTILE in found.text
    assert any(curve["name"] == HOSTILE for curve in found.charts["charts"][0]["curves"])


def test_a_classifier_has_no_transfer_parts(writer: Any) -> None:
    found = page(writer.judge())
    assert "How often does acme/reader classify images correctly that it was not trained on?" in found.text
    assert "99.5 % of 200 images of the set “test”" in found.text
    assert "confusion" in found.ids
    assert not {"pairs", "time"} & set(found.ids)
    assert "ganforge transfer" not in found.text
    assert not found.all("img")


def test_a_run_without_readings_says_so(writer: Any) -> None:
    run = writer.transfer()
    run.readings.unlink()
    found = page(run)
    assert "They are left out: the run has no readings.safetensors" in found.text
    assert "confusion" not in found.ids
    assert "85.0 % do" in found.text


def test_unlabelled_images_are_shown_without_truth(writer: Any) -> None:
    run = writer.transfer()
    save_readings(run.readings, [writer.readings({}, labelled=False)])
    found = page(run)
    assert "pairs" in found.ids
    assert "confusion" not in found.ids
    assert not {"failures", "class"} & set(found.ids)


def test_a_run_that_has_just_begun_has_a_page(tmp_path: Path) -> None:
    found = page(create(tmp_path, "begun"))
    assert "This run is not finished: its status is “new”." in found.text
    assert "There is no answer yet" in found.text
    assert "ganforge resume" in found.text


def test_a_circular_judge_is_not_in_the_mean(writer: Any) -> None:
    def edit(run: dict[str, Any]) -> None:
        test = run["metrics"]["sets"]["test"]
        test["transfer-accuracy/strided (circular)"] = test.pop("transfer-accuracy/strided")

    text = page(writer.transfer(edit=edit)).text
    assert "90.0 % do: the word of one judge that took no part in training" in text
    assert "strided (circular)" in text


def test_numbers_on_the_images_that_chose_the_checkpoint_are_flagged(writer: Any) -> None:
    def edit(run: dict[str, Any]) -> None:
        del run["metrics"]["sets"]["test"]

    assert (
        "There is no test set: the checkpoint was chosen by these very images" in page(writer.transfer(edit=edit)).text
    )


def test_many_classes_are_listed_without_a_matrix(writer: Any) -> None:
    run = writer.judge()
    readings = writer.readings({"pooled": 0}).readers[1]
    labels = np.arange(200) % 50
    save_readings(
        run.readings, [Readings("test", 200, 50, labels, [type(readings)("j", "", "", False, (labels + 1) % 50)])]
    )
    found = page(run)
    assert "0 read as 1 (4)" in found.text
    assert "Confusion matrix of j" not in found.source


def test_classes_are_shown_by_name(writer: Any) -> None:
    run = writer.transfer()
    readings = writer.readings({"pooled": 4})
    names = [*(f"kind {number}" for number in range(9)), "a <b> & c"]
    save_readings(run.readings, [replace(readings, class_names=names)])
    found, first = page(run), int(writer.labels[0])
    assert f"{names[first]} read as {names[(first + 1) % 10]}" in found.text
    assert "a <b> & c" in found.text
    assert "<option>kind 0</option><option>kind 1</option>" in found.source


@pytest.mark.parametrize(
    "fault",
    [
        {"record": {"children": [1], "digests": "x", "environment": 3, "measures": None, "plugins": 1, "notices": 0}},
        {"metrics": {"sets": {"test": 3, "other": {"images": 0, "transfer-accuracy": 0.5}}, "step": "x", "memory": 2}},
        {"metrics": {"sets": {"test": {"images": float("inf"), "transfer-accuracy": float("nan")}}, "score": "high"}},
    ],
)
def test_odd_records_do_not_break_the_page(writer: Any, fault: dict[str, Any]) -> None:
    def edit(run: dict[str, Any]) -> None:
        for name, values in fault.items():
            run[name].update(values)

    page(writer.transfer(edit=edit))


def test_damaged_files_are_named(writer: Any) -> None:
    run = writer.transfer()
    run.metrics.write_text("{")
    with pytest.raises(RunError, match=r"metrics\.json is damaged"):
        write_report(run)


def test_the_largest_page_stays_below_the_limit(writer: Any) -> None:
    run = writer.transfer()
    draw = np.random.default_rng(0)
    # As much as the engine ever keeps, of noise that no compression helps against.
    count = LARGEST // (32 * 32 * 4)
    noise = draw.integers(0, 256, (count, 32, 32, 4), np.uint8)
    kept = writer.readings({"pooled": 20})
    many = np.arange(count) % 200
    pairs = type(kept.pairs)(many, noise[..., :3].copy(), noise[..., 3:].copy(), count)
    save_readings(run.readings, [Readings("test", 200, 10, writer.labels, kept.readers, pairs)])
    for step in range(1, 46):
        save_picture(pair_grid(noise[:32, ..., :3], noise[:32, ..., 3:]), run.samples / f"step-{step:08d}.png")
    with run.journal.open("a", encoding="utf-8") as journal:
        for step in range(3000):
            values = {f"loss-{n}": float(draw.random()) for n in range(30)}
            journal.write(strict_json.dumps({"event": "losses", "step": step, **values}) + "\n")
    run.recipe.write_text(run.recipe.read_text() + "# a very long recipe\n" * 40_000)
    page(run)
    assert run.report.stat().st_size < 5_000_000


def test_the_verb_writes_where_it_is_told(writer: Any, tmp_path: Path) -> None:
    run = writer.transfer()
    code = (
        "import sys; from ganforge.cli import main; sys.argv[0] = 'ganforge'; main(); "
        "assert 'torch' not in sys.modules, 'a report needs no torch'"
    )

    def report(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, "report", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    done = report("transfer", "-o", "pages/mine.html")
    assert done.returncode == 0, done.stderr
    assert "pages/mine.html" in done.stdout
    assert "../runs/judge-1" not in (tmp_path / "pages" / "mine.html").read_text(encoding="utf-8")
    assert not run.report.exists()
    failed = report("transfer", "-o", ".")
    assert failed.returncode == 2
    assert "is a folder" in failed.stderr
    assert "Traceback" not in failed.stderr
