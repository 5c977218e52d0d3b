"""Pages in a real Chromium: axe-core finds nothing, no word is broken from 320 to 1280 px, and a keyboard is enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from browser import BROKEN_WORDS, DESKTOP, PHONE, SMALL, answer_until, begin, needed, service, settled

from aava_rules.language.values import LANGUAGES

if needed():
    pytest.skip(needed(), allow_module_level=True)

from axe_playwright_python.sync_playwright import Axe

NAMES = [f"{name}.{language}" for name in ("check", "next", "explain", "show") for language in LANGUAGES]


PUBLIC_KEY = {
    "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}  # fmt: skip
"""The key of the example in RFC 7515, appendix A.3.1: it signs no token here."""


def reach(page: Any, target: str) -> None:
    """Press Tab until what has the focus is the target."""
    for _ in range(80):
        if page.evaluate("(target) => document.activeElement.matches(target)", target):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


def faults(page: Any) -> list[tuple[str, str]]:
    """What axe-core finds on a page: the rules of WCAG 2.1 A and AA, and its own of good practice."""
    found = Axe().run(page).response["violations"]
    return [(fault["id"], node["html"][:200]) for fault in found for node in fault["nodes"]]


@pytest.mark.parametrize("width", [SMALL, DESKTOP])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(browser: Any, pages: dict[str, Path], name: str, width: int) -> None:
    """WCAG 2.1 AA as far as a program can tell, with everything that is folded open as well."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(pages[name].as_uri())
    assert faults(page) == []
    if name.partition(".")[0] != "show":  # its hundreds of folded tables are alike
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        assert faults(page) == []
    page.close()


@pytest.mark.parametrize("name", NAMES)
def test_no_word_is_broken(browser: Any, pages: dict[str, Path], name: str) -> None:
    """At every width no word goes from one line to the next, and no page is wider than the screen."""
    page = browser.new_page()
    page.goto(pages[name].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    for width in (SMALL, PHONE, 480, 768, 1024, DESKTOP):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(BROKEN_WORDS) == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_fetched_and_nothing_complains(browser: Any, pages: dict[str, Path], name: str) -> None:
    """The page is all that is read, and the browser has nothing to say of it."""
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(pages[name].as_uri())
    assert (asked, said) == ([pages[name].as_uri()], [])
    page.close()


@pytest.mark.parametrize("name", ["check.fi", "show.sv"])
def test_on_paper_nothing_is_folded(browser: Any, pages: dict[str, Path], name: str) -> None:
    """What is folded on a screen is printed, and navigation is not."""
    page = browser.new_page()
    page.goto(pages[name].as_uri())
    tall = "[...document.querySelectorAll('details > :not(summary)')].every((one) => one.checkVisibility())"
    assert not page.evaluate(tall)
    page.emulate_media(media="print")
    assert page.evaluate(tall)
    assert not page.locator(".skip").is_visible()
    page.close()


@pytest.mark.parametrize("name", NAMES[::4])
def test_the_first_key_leads_to_the_content(browser: Any, pages: dict[str, Path], name: str) -> None:
    """The first thing that Tab reaches is seen, and leads past the head of the page."""
    page = browser.new_page()
    page.goto(pages[name].as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.close()


class TestService:
    """The page at `/` of the service."""

    @pytest.mark.parametrize("width", [SMALL, DESKTOP])
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_axe_finds_nothing_in_any_state(self, browser: Any, address: str, language: str, width: int) -> None:
        """From the first question to the last, with all passed over, a fact to add, and faults told; folded and open."""
        page = browser.new_page(viewport={"width": width, "height": 800})
        begin(page, address, language)
        states = {"at the beginning": faults(page)}
        answer_until(page, 3)
        states["on the way"] = faults(page)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        skip = page.locator("#ask button[type=button]")
        while page.locator("#ask button[type=submit]").count():
            skip.click()
        states["all passed over, all open"] = faults(page)
        for name in ("age", "unemployed", "municipality", "refusal_reason"):
            page.select_option("#fact", name)
            states[f"{name} to add"] = faults(page)
        page.locator("#record").fill('{"facts": {"integration_plan_entitled": true}}')
        page.locator("#json button").click()
        settled(page)
        states["answered"] = faults(page)
        page.select_option("#question", "days_per_week_max")
        settled(page)
        states["nothing to judge"] = faults(page)
        page.locator("#record").fill("[")
        page.locator("#json button").click()
        states["no record"] = faults(page)
        page.locator("#record").fill('{"periods": 1}')
        page.locator("#json button").click()
        page.locator("#error li").first.wait_for()
        states["faults told"] = faults(page)
        assert {state: found for state, found in states.items() if found} == {}
        assert page.evaluate(BROKEN_WORDS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_axe_finds_nothing_where_a_token_is_asked_for(self, browser: Any, tmp_path: Path, language: str) -> None:
        """A service that asks for tokens shows the field for one, and tells why nothing was answered."""
        keys = tmp_path / "keys.json"
        keys.write_text(json.dumps({"keys": [PUBLIC_KEY]}), encoding="utf-8")
        settings = {"TOKEN_KEYS": str(keys), "TOKEN_ISSUER": "https://a.example", "TOKEN_AUDIENCE": "https://b.example"}
        with service(**settings) as address:
            for width in (SMALL, DESKTOP):
                page = browser.new_page(viewport={"width": width, "height": 800})
                page.goto(f"{address}?language={language}")
                page.locator("#token").wait_for()
                assert page.locator("#error").inner_text()
                assert faults(page) == []
                page.close()

    def test_a_whole_case_by_keyboard_alone(self, browser: Any, address: str) -> None:
        """From the day of decision to an answer that is known: the next question has the focus when one is answered."""
        page = browser.new_page(locale="en-GB")
        page.set_default_timeout(120_000)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}?language=en")
        settled(page)
        for target, keys in (("#rulebook", ""), ("#question", ""), ("#day", "05052014")):
            reach(page, target)
            page.keyboard.type(keys)
        assert page.locator("#day").input_value() == "2014-05-05"
        settled(page)
        reach(page, "#ask *")
        for _ in range(20):
            if not page.evaluate("document.activeElement.closest('#ask') !== null"):
                break
            kind = page.evaluate("document.activeElement.type")
            if kind == "radio":
                page.keyboard.press("Space")
            else:
                page.keyboard.type("01012012" if kind == "date" else "600")
            page.keyboard.press("Enter")
            settled(page)
        assert page.locator("#ask").inner_text() == "Nothing needs to be asked any more."
        assert "not known" not in page.locator("#answer .result").inner_text()
        reach(page, "#facts button")  # an answer that was wrong is taken back
        known = page.locator("#facts button").count()
        page.keyboard.press("Enter")
        settled(page)
        assert page.locator("#facts button").count() == known - 1
        reach(page, "#path summary")
        page.keyboard.press("Enter")
        assert page.locator("#path details").evaluate("(one) => one.open")
        assert all(url.startswith(address) for url in asked)
        page.close()

    def test_one_question_at_a_time_the_most_useful_first(self, browser: Any, address: str) -> None:
        """What is asked is the first of what the decision lacks, and one question stands there, until nothing is lacking."""
        page = browser.new_page()
        decisions: list[Any] = []
        page.on(
            "response",
            lambda response: (
                decisions.append(response.json()["decision"]) if response.url.endswith("/decide") else None
            ),
        )
        begin(page, address, "en")
        for _ in range(12):
            missing = decisions[-1]["missing"]
            if not missing:
                break
            questions = page.locator("#ask > .field > label, #ask > fieldset > legend")
            assert questions.count() == 1
            assert questions.inner_text().startswith(missing[0]["text"]["en"])
            answer_until(page, 1)
        assert page.locator("#ask").inner_text() == "Nothing needs to be asked any more."
        page.close()

    def test_what_is_not_known_is_passed_over_and_asked_again(self, browser: Any, address: str) -> None:
        """ "Not known" goes on to the next question, and all that was passed over can be asked once more."""
        page = browser.new_page()
        begin(page, address, "en")
        first = page.locator("#ask label, #ask legend").first.inner_text()
        for _ in range(30):
            skip = page.get_by_role("button", name="Not known")
            if not skip.count():
                break
            skip.click()
        assert page.locator("#ask li").count() > 3
        page.get_by_role("button", name="Ask what was passed over again").click()
        assert page.locator("#ask label, #ask legend").first.inner_text() == first
        page.close()

    def test_hostile_texts_stay_text(self, browser: Any, address: str) -> None:
        """What a record holds is shown as it is, whatever it looks like."""
        page = browser.new_page()
        said = []
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        begin(page, address, "en")
        page.evaluate("document.querySelector('details').open = true")
        hostile = "<img src=x onerror=alert(1)>"
        page.locator("#record").fill(json.dumps({"client": {"municipality": hostile}, "facts": {hostile: True}}))
        page.locator("#json button").click()
        settled(page)
        assert "<img" in page.locator("#facts").inner_text()
        assert page.locator("#facts img, #error img").count() == 0
        assert said == []
        page.close()
