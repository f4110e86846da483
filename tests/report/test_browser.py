"""The page in a real browser: headless Chromium, driven through its debugging pipe."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ganforge.report.page import write_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 60
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking --no-first-run "
    "--remote-debugging-pipe"
)

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(os.name == "nt", reason="the debugging pipe needs inherited descriptors"),
]


class Browser:
    """A browser with one page.

    Attributes:
        events: all that it has reported.
    """

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        theirs_in, self._in = os.pipe()
        self._out, theirs_out = os.pipe()
        # Chromium reads commands from descriptor 3 and writes answers to descriptor 4.
        line = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        command = ["bash", "-c", line, CHROMIUM, *FLAGS.split(), f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            command, pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.events: list[dict[str, Any]] = []
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Send a command and wait for its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._in, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, path: Path, width: int, **features: str) -> None:
        """Open a file in a window of this width and wait until it is loaded."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        values = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=values)
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def run(self, expression: str) -> Any:
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key in what has the focus."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key)

    @property
    def complaints(self) -> list[dict[str, Any]]:
        """What the console and the browser's log have reported."""
        methods = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [event for event in self.events if event.get("method") in methods]

    @property
    def requests(self) -> list[str]:
        """The addresses that the page asked for, other than its own data."""
        asked = [event["params"]["request"]["url"] for event in self.events if "request" in event.get("params", {})]
        return [url for url in asked if not url.startswith("data:")]

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self.call("Browser.close")
        self._process.wait(PATIENCE)
        os.close(self._in)
        os.close(self._out)

    def _receive(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            assert select.select([self._out], [], [], max(0, end - time.monotonic()))[0], "the browser is silent"
            part = os.read(self._out, 1 << 16)
            assert part, "the browser has ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


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
    contrast = """(() => {
      const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3)
        .map((part) => part / (colour.startsWith("color(") ? 1 : 255))
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
      const behind = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return colour === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : colour;
      };
      const found = [];
      for (const element of document.querySelectorAll("body *:not(option, select, script)")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!own || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const [low, high] = [light(style.fill !== "rgb(0, 0, 0)" && element.ownerSVGElement ? style.fill : style.color),
          light(behind(element))].sort((a, b) => a - b);
        const ratio = (high + 0.05) / (low + 0.05);
        if (ratio < 4.5) found.push(`${element.outerHTML.slice(0, 90)}: ${ratio.toFixed(2)}`);
      }
      return found;
    })()"""
    path = write_report(writer.transfer())
    for scheme in ("light", "dark"):
        browser.open(path, 1280, prefers_color_scheme=scheme)
        browser.run("for (const details of document.querySelectorAll('details')) details.open = true")
        assert browser.run(contrast) == []


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
