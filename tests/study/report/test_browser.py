"""The page of a study in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from browser import CONTRAST, Browser
from ganforge.study.report.page import write_page

ROWS = "[...document.querySelectorAll('table.study > tbody')].map((body) => body.querySelector('.opens').textContent)"
USUAL = ["all of it", "without the loss", "by labels", "by a judge", "too fast", "as they are"]


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_without_a_complaint_and_fits(browser: Browser, maker: Any, width: int, scheme: str) -> None:
    path = write_page(maker.usual())
    browser.open(path, width, prefers_color_scheme=scheme)
    browser.run("new Promise(requestAnimationFrame)")
    browser.run("for (const opener of document.querySelectorAll('.opens button')) opener.click()")
    assert browser.complaints == []
    assert browser.requests == [path.as_uri()]
    assert browser.run("(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)(document.documentElement)") == 0
    assert browser.run("[...document.images].every((image) => image.complete && image.naturalWidth)")
    colour = browser.run("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", colour))) < 64) == (scheme == "dark")


def test_text_can_be_read(browser: Browser, maker: Any) -> None:
    """Contrast of at least 4.5, as WCAG's level AA wants it."""
    path = write_page(maker.usual())
    for scheme in ("light", "dark"):
        browser.open(path, 1280, prefers_color_scheme=scheme)
        browser.run("for (const details of document.querySelectorAll('details')) details.open = true")
        browser.run("for (const opener of document.querySelectorAll('.opens button')) opener.click()")
        assert browser.run(CONTRAST) == []


def test_the_table_is_sorted_by_any_column(browser: Browser, maker: Any) -> None:
    browser.open(write_page(maker.usual()), 1280)
    assert browser.run(ROWS) == USUAL
    browser.run("heads = [...document.querySelectorAll('table.study > thead th')]; undefined")

    def sort(column: int) -> str:
        browser.run(f"heads[{column}].querySelector('button').click()")
        return str(browser.run(f"heads[{column}].getAttribute('aria-sort')"))

    assert sort(2) == "descending"
    assert browser.run(ROWS) == ["by labels", "by a judge", "all of it", "without the loss", "as they are", "too fast"]
    assert sort(2) == "ascending"
    assert browser.run(ROWS) == ["as they are", "without the loss", "all of it", "by a judge", "by labels", "too fast"]
    assert sort(4) == "descending"  # the column of the paper's numbers
    assert browser.run(ROWS) == ["all of it", "without the loss", "as they are", "by labels", "by a judge", "too fast"]
    assert browser.run("heads.filter((head) => head.hasAttribute('aria-sort')).length") == 1
    assert sort(0) == "ascending"
    assert browser.run(ROWS) == USUAL
    assert browser.complaints == []


def test_a_row_opens_and_closes(browser: Browser, maker: Any) -> None:
    browser.open(write_page(maker.usual()), 1280)
    opener = "document.querySelector('.opens button')"
    shown = "[...document.querySelectorAll('.more')].filter((row) => row.checkVisibility()).length"
    assert browser.run(shown) == 0
    browser.run(f"{opener}.click()")
    assert browser.run(shown) == 1
    assert browser.run(f"{opener}.getAttribute('aria-expanded')") == "true"
    assert "seed 1 94.00 90.00 92.00" in re.sub(r"\s+", " ", browser.run("document.querySelector('.more').innerText"))
    browser.run(f"{opener}.click()")
    assert browser.run(shown) == 0


@pytest.mark.parametrize(("name", "count"), [("dots", 3), ("gallery-0", 2), ("curves", 3)])
def test_choices_show_one_at_a_time(browser: Browser, maker: Any, name: str, count: int) -> None:
    browser.open(write_page(maker.usual()), 1280)
    browser.run(f"choice = document.querySelector('[data-choice={name}]'); undefined")
    assert browser.run("choice.options.length") == count
    for place in range(count):
        browser.run(f"choice.value = '{place}'; choice.dispatchEvent(new Event('change'))")
        visible = f"[...document.querySelectorAll('[data-of={name}]')].filter((part) => part.checkVisibility())"
        assert browser.run(f"[...new Set({visible}.map((part) => part.dataset.value))]") == [str(place)]
    assert browser.complaints == []


def test_zoom_moves_the_marks_apart(browser: Browser, maker: Any) -> None:
    browser.open(write_page(maker.usual()), 1280)
    places = "[...document.querySelectorAll('.dots circle')].map((circle) => circle.getBoundingClientRect().x)"
    apart = f"((places) => places[1] - places[0])({places})"
    before = browser.run(apart)
    browser.run("document.querySelector('#zoom').click()")
    assert browser.run(apart) == pytest.approx(5 * before, rel=0.01)
    ticks = "[...document.querySelectorAll('.dots .ticks i')].filter((tick) => tick.checkVisibility())"
    assert browser.run(f"{ticks}.map((tick) => tick.textContent)") == ["80", "85", "90", "95", "100"]
    assert browser.run("(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)(document.documentElement)") == 0


def test_without_its_script_nothing_is_hidden(browser: Browser, maker: Any) -> None:
    path = write_page(maker.usual())
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex("<script>")] + text[text.rindex("</script>") + 9 :], encoding="utf-8")
    browser.open(path, 1280)
    assert browser.run("[...document.querySelectorAll('.more')].every((row) => row.checkVisibility())")
    assert browser.run("document.querySelectorAll('button').length") == 0
    assert browser.run("[...document.querySelectorAll('.dots')].filter((part) => part.checkVisibility()).length") == 1
