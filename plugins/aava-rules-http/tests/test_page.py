"""The page at `/`: its languages, what it may do, and that it shows what it is told as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aava_rules_http import Settings, create_app
from aava_rules_http.books import Books
from aava_rules_http.page.pages import FOLDER, POLICY, html, texts
from starlette.testclient import TestClient
from test_service import KEY, jwks

from aava_rules.language.values import LANGUAGES

SETTINGS = Settings(rulebooks=("finland",))
SCRIPT = (FOLDER / "page.js").read_text(encoding="utf-8")
TEMPLATE = (FOLDER / "page.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AAVA_RULES_DISABLE_PLUGINS", "1")
        books = Books(SETTINGS)
        books.load()
    with TestClient(create_app(SETTINGS, books)) as client:
        yield client


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("?language=sv", "en", "sv"),
        ("", "sv-FI,sv;q=0.9,en;q=0.8", "sv"),
        ("", "de, en;q=0.5", "en"),
        ("", "", "fi"),
        ("?language=xx", "de", "fi"),
    ],
)
def test_the_language_is_that_asked_for(client: TestClient, query: str, accepted: str, language: str) -> None:
    """The address goes before the browser, and Finnish is what is left; the page says which it is."""
    answer = client.get(f"/{query}", headers={"Accept-Language": accepted})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text
    assert f"<title>{texts()['title'][language]}</title>" in answer.text


def test_it_may_do_nothing_but_ask_this_service(client: TestClient) -> None:
    """The policy allows its own script, style and questions alone; nothing is named that lies elsewhere."""
    answer = client.get("/")
    assert answer.headers["content-security-policy"] == POLICY
    assert {part.split()[0]: part.split()[1:] for part in POLICY.split("; ")} == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    for name, kind in (("/page.css", "text/css"), ("/page.js", "text/javascript")):
        part = client.get(name)
        assert part.headers["content-type"].startswith(kind)
        assert not re.search(r"https?://(?!\))|@import|url\(", part.text.replace("^https?:", ""))
    elements = Page(answer.text).elements
    assert not [attrs for _, attrs in elements for name in attrs if name.startswith("on") or name == "style"]
    assert {attrs.get("src") or attrs.get("href") for tag, attrs in elements if tag in ("script", "link")} == {
        None,
        "page.js",
        "page.css",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_reads_well_aloud(language: str) -> None:
    """Every field has its label, headings have no gap, and what points to an id finds it."""
    elements = Page(html(language)).elements
    ids = [attrs["id"] for _, attrs in elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    labels = {attrs["for"] for tag, attrs in elements if tag == "label"}
    assert {attrs["id"] for tag, attrs in elements if tag in ("select", "input", "textarea")} == labels
    pointed = [attrs.get("aria-labelledby") or attrs.get("aria-describedby") for _, attrs in elements]
    assert {target for target in pointed if target} <= set(ids)
    assert [tag for tag, _ in elements if re.fullmatch("h[1-6]", tag)] == ["h1", *["h2"] * 5]
    assert [attrs.get("role") for _, attrs in elements if attrs.get("id") in ("state", "error")] == ["status", "alert"]


def test_every_text_is_there_in_each_language_and_is_used() -> None:
    """No text is missing in a language, none is unused, and the script asks for none that there is not."""
    for key, by_language in texts().items():
        assert tuple(by_language) == LANGUAGES, key
        assert all(text.strip() for text in by_language.values()), key
    used = set(re.findall(r"\$([a-z_]+)", TEMPLATE)) - {"data", "language", "languages"}
    asked = set(re.findall(r"\btexts\.([a-z_]+)", SCRIPT)) - {"marks"}
    asked |= {key for key in texts() if key.startswith("state_")}
    assert used | asked == set(texts())
    for language in LANGUAGES:
        found = re.search(r'id="texts">(.*?)</script>', html(language))
        assert found is not None
        assert json.loads(found[1])["title"] == texts()["title"][language]


def test_what_is_answered_is_set_as_text() -> None:
    """The script never makes markup of a text, stores nothing, and writes nothing into the address."""
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert word not in SCRIPT
    for word in ("localStorage", "sessionStorage", "cookie", "indexedDB", "history.", "location.hash"):
        assert word not in SCRIPT


def test_the_page_needs_no_token_and_its_questions_do(tmp_path: Path) -> None:
    """Where tokens are asked for, the page opens without one, and what it asks is refused until it has one."""
    keys = tmp_path / "keys.json"
    keys.write_text(jwks(KEY), encoding="utf-8")
    guard = {"token_keys": keys, "token_issuer": "https://ehr.example", "token_audience": ("https://rules.example",)}
    settings = SETTINGS.model_copy(update=guard)
    with TestClient(create_app(settings, Books(settings)), base_url="http://rules.example") as guarded:
        for path in ("/", "/page.css", "/page.js"):
            assert guarded.get(path).status_code == 200
        assert guarded.post("/").status_code == 401
        assert guarded.get("/v1/rulebooks").status_code == 401


def test_names_have_their_words_and_units(client: TestClient) -> None:
    """What the page asks with is told by the service: the words of a fact and its unit, in three languages."""
    facts = {fact["name"]: fact for fact in client.get("/v1/rulebooks/finland").json()["facts"]}
    assert facts["age"]["unit_title"] == {"fi": "vuotta", "sv": "år", "en": "years"}
    assert facts["unemployed"]["unit_title"] is None
    with_words = [fact for fact in facts.values() if fact["words"]]
    assert with_words
    for fact in with_words:
        assert set(fact["word_titles"]) <= set(fact["words"])
        assert all(set(title) == set(LANGUAGES) for title in fact["word_titles"].values())
