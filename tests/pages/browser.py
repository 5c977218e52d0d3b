"""The pages of the library in a real Chromium: what makes them, what opens them, and what is looked at in each.

Needs Chromium (Debian: ``apt-get install chromium``; or its path in CHROMIUM) and ``pip install .[pages]``.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aava_rules
from aava_rules.decision.client_path import client_path
from aava_rules.language.values import LANGUAGES
from aava_rules.tools.pages import html
from aava_rules.tools.pages.cases import read_supplements
from aava_rules.tools.pages.client import write_explanation, write_path
from aava_rules.tools.pages.page import build_page
from aava_rules.tools.reports.html import Html
from aava_rules.tools.reports.unanswered import Unanswered

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "examples" / "records"
PHONE, SMALL, DESKTOP = 360, 320, 1280
DAY = """{
  const day = document.getElementById('day')
  day.value = '2014-05-05'
  day.dispatchEvent(new Event('change'))
}"""
"""Makes 5 May 2014 the day of decision of the service's page."""
BROKEN_WORDS = """() => {
  const broken = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    if (!node.parentElement.checkVisibility({ visibilityProperty: true }) || node.parentElement.closest("code, pre, .skip, .unseen")) continue
    for (const match of node.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      const range = document.createRange()
      range.setStart(node, match.index)
      range.setEnd(node, match.index + match[0].length)
      const tops = new Set([...range.getClientRects()].filter((r) => r.width > 0).map((r) => Math.round(r.top)))
      if (tops.size > 1) broken.push(match[0])
    }
  }
  return broken
}"""
"""The words of a page that begin on one line and end on another."""


def needed() -> str:
    """What is not there that these tests need; empty if all of it is."""
    if find_spec("playwright") is None or find_spec("axe_playwright_python") is None:
        return "Playwright and axe-core are not installed: pip install .[pages]"
    return "" if chromium() else "There is no Chromium: apt-get install chromium, or its path in CHROMIUM"


def chromium() -> str:
    """The path of Chromium; empty if it is not there."""
    return os.environ.get("CHROMIUM", "") or shutil.which("chromium") or shutil.which("chromium-browser") or ""


@contextmanager
def opened() -> Iterator[Any]:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])  # root, in containers
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def service(**named: str) -> Iterator[str]:
    """The address of the service of aava-rules-http; its page asks the rulebooks finland and aava. ``named`` are settings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"AAVA_RULES_HTTP_RULEBOOKS": "finland,aava", "AAVA_RULES_HTTP_PORT": str(port)}
    settings |= {f"AAVA_RULES_HTTP_{name}": value for name, value in named.items()}
    run = [sys.executable, "-m", "aava_rules", "http"]
    process = subprocess.Popen(run, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(3000):
            try:
                urllib.request.urlopen(f"{address}ready").close()
                break
            except OSError:
                assert process.poll() is None, "the service ended"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def record(name: str) -> bytes:
    """An example record."""
    return (RECORDS / f"{name}.json").read_bytes()


def make_pages(folder: Path) -> dict[str, Path]:
    """Every page of the commands in every language, by its name and language."""
    aava = aava_rules.load("aava", plugins=False)
    finland = aava_rules.load("finland", plugins=False)
    supplements = read_supplements(finland)
    requirements = sorted(
        {question.name for question in aava._book.questions.values() if question.kind == "requirement"}
    )
    answers: list[Any] = [
        aava.decide(file.read_bytes(), on="2015-09-15", only=requirements) for file in sorted(RECORDS.glob("*.json"))
    ]
    try:
        aava.decide({"id": "B-99", "periods": [{"start": "2015-13-01", "days": 4}]})
    except aava_rules.RecordError as error:
        answers.append(Unanswered("line 2", "B-99", error, "plans.jsonl"))
    whole = aava.decide(record("a-17"), on="2014-07-01")
    explained = aava.decide(record("five-days-a-week-2015"), on="2016-01-04")
    pages = {}
    for language in LANGUAGES:
        written: dict[str, io.StringIO] = {name: io.StringIO() for name in ("check", "next", "explain", "show")}
        Html().write(answers, written["check"], language)
        write_path(client_path(whole), whole, written["next"], language)
        name = "days_per_week_max"
        write_explanation(explained.explain(name, language), name, explained, written["explain"], language)
        html.write(build_page(finland._parts, language, supplements), written["show"])
        for name, text in written.items():
            file = folder / f"{name}.{language}.html"
            file.write_text(text.getvalue(), encoding="utf-8")
            pages[f"{name}.{language}"] = file
    return pages


def settled(page: Any) -> None:
    """Wait until the service's page has shown the answer to what was asked last."""
    page.locator("#content[aria-busy=false]").wait_for()


def begin(page: Any, address: str, language: str) -> None:
    """Open the service's page with 5 May 2014 as the day of decision."""
    page.set_default_timeout(120_000)
    page.goto(f"{address}?language={language}")
    settled(page)
    page.evaluate(DAY)
    settled(page)


def answer_until(page: Any, questions: int) -> None:
    """Answer so many questions of the service's page, by the values that make the client belong to the target group."""
    values = {"text": "40", "date": "1974-01-01"}
    for _ in range(questions):
        field = page.locator("#ask input").first
        kind = field.get_attribute("type")
        if kind == "radio":
            field.check()
        else:
            field.fill(values[kind])
        page.locator("#ask button[type=submit]").click()
        settled(page)
