"""The page of a run in a real browser."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from browser import CONTRAST, Browser
from ganforge.report.page import write_report

SHOWN = "[...document.querySelectorAll('.pair:not([hidden])')]"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_without_a_complaint_and_fits(browser: Browser, writer: Any, width: int, scheme: str) -> None:
    path = write_report(writer.transfer())
    browser.open(path, width, prefers_color_scheme=scheme)
    browser.run("new Promise(requestAnimationFrame)")
    assert browser.complaints == []
    assert browser.requests == [path.as_uri()]
    assert browser.run("(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)(document.documentElement)") == 0
    assert browser.run("[...document.images].every((image) => image.complete && image.naturalWidth)")
    colour = browser.run("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", colour))) < 64) == (scheme == "dark")


def test_text_can_be_read(browser: Browser, writer: Any) -> None:
    """Contrast of at least 4.5, as WCAG's level AA wants it."""
    path = write_report(writer.transfer())
    for scheme in ("light", "dark"):
        browser.open(path, 1280, prefers_color_scheme=scheme)
        browser.run("for (const details of document.querySelectorAll('details')) details.open = true")
        assert browser.run(CONTRAST) == []


def test_pairs_are_filtered_and_sorted(browser: Browser, writer: Any) -> None:
    browser.open(write_report(writer.transfer()), 1280)
    assert browser.run(f"{SHOWN}.length") == 24
    assert browser.run("document.querySelector('#pair-count').textContent") == "24 of 40 shown"
    browser.run("document.querySelector('#more').click()")
    assert browser.run(f"{SHOWN}.length") == 40
    assert browser.run(f"{SHOWN}.some((pair) => 'extra' in pair.dataset)") is False
    browser.run("document.querySelector('#failures').click()")
    misread = browser.run(f"{SHOWN}.map((pair) => Number(pair.dataset.misread))")
    assert misread == sorted(misread, reverse=True)
    assert misread[0] == 2
    assert browser.run(f"{SHOWN}.some((pair) => 'extra' in pair.dataset)") is True
    label = int(writer.labels[0])
    browser.run(f"choice = document.querySelector('#class'); choice.value = '{label}'")
    browser.run("choice.dispatchEvent(new Event('change')); undefined")
    assert set(browser.run(f"{SHOWN}.map((pair) => pair.dataset.label)")) == {str(label)}
    assert browser.complaints == []


def test_the_slider_shows_the_kept_step_first_and_then_any(browser: Browser, writer: Any) -> None:
    browser.open(write_report(writer.transfer()), 360)
    shown = "[...document.querySelectorAll('figure.grid:not([hidden])')].map((figure) => figure.dataset.step)"
    assert browser.run(shown) == ["200"]
    browser.run("document.querySelector('#moment').focus()")
    browser.press("ArrowRight")
    assert browser.run(shown) == ["400"]
    assert browser.run("document.querySelector('#moment-step').textContent") == "400"


def test_curves_are_drawn_read_and_switched(browser: Browser, writer: Any) -> None:
    browser.open(write_report(writer.transfer()), 1280)
    browser.run("chart = document.querySelector('[data-chart=losses]'); undefined")
    curve = "chart.querySelector(':scope > svg > path').getAttribute('d')"
    assert browser.run(curve).count("L") == 19
    browser.run("chart.querySelector(':scope > svg').focus()")
    browser.press("Home")
    assert browser.run("chart.querySelector('.readout').textContent") == "Step 20"
    assert browser.run("chart.querySelector('.legend .value').textContent") == "0.45"
    browser.press("ArrowRight")
    assert browser.run("chart.querySelector('.legend .value').textContent") == "0.225"
    linear = browser.run(curve)
    browser.run("chart.querySelector('.log').click()")
    assert browser.run(curve) != linear
    browser.run("chart.querySelector('.legend button').click()")
    assert browser.run("chart.querySelectorAll(':scope > svg > path').length") == 0
    assert browser.run("chart.querySelector('.legend button').getAttribute('aria-pressed')") == "false"
    assert browser.complaints == []


def test_a_warning_marks_its_step(browser: Browser, writer: Any) -> None:
    run = writer.transfer()
    with run.journal.open("a", encoding="utf-8") as journal:
        journal.write(json.dumps({"event": "warning", "step": 40, "name": "collapse", "text": "all alike"}) + "\n")
    browser.open(write_report(run), 1280)
    browser.run("chart = document.querySelector('[data-chart=losses]'); undefined")
    assert browser.run("chart.querySelectorAll('.warned').length") == 1
    browser.run("chart.querySelector(':scope > svg').focus()")
    browser.press("Home")
    assert browser.run("chart.querySelector('.readout').textContent") == "Step 20"
    browser.press("ArrowRight")
    assert browser.run("chart.querySelector('.readout').textContent") == "Step 40; warning: collapse"
    assert browser.complaints == []


def test_hostile_names_do_nothing(browser: Browser, writer: Any) -> None:
    hostile = "</script><script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">"

    def edit(run: dict[str, Any]) -> None:
        run["metrics"]["sets"]["test"][f"transfer-accuracy/{hostile}"] = 0.5
        run["metrics"]["labels_in_losses"] = [hostile]

    run = writer.transfer(description=hostile.replace('"', "'"), edit=edit)
    with run.journal.open("a", encoding="utf-8") as journal:
        journal.write(json.dumps({"event": "losses", "step": 400, hostile: 1.0}) + "\n")
    browser.open(write_report(run), 1280)
    assert browser.run("document.title") == "transfer: run report"
    assert browser.run("[...document.images].some((image) => !image.src.startsWith('data:'))") is False
    assert browser.complaints == []
