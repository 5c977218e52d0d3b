"""The HTML page of a rulebook: well-formed, accessible, loading and running nothing; nothing breaks out of it."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from shown import START, hostile, page_of, place, town, work

import aava_rules
from aava_rules.language.values import LANGUAGES
from aava_rules.tools.markup.style import STYLE
from aava_rules.tools.pages import html, markdown
from aava_rules.tools.pages.cases import read_supplements
from aava_rules.tools.pages.page import Page, build_page

HOSTILE = "</p><script>alert(1)</script>\"'&[x] `b`"


def as_html(shown: Page) -> str:
    out = io.StringIO()
    html.write(shown, out)
    return out.getvalue()


class TestMarkdown:
    def test_blocks(self) -> None:
        """The title is left out; headings, lists with long items, paragraphs, bold words and code are told apart."""
        notes = "# Title\n\n- One `a`\n  goes on\n- **Two `b` x**\nText of\n\na paragraph\n## Head\nEnd"
        assert "".join(markdown.html(notes, 4)).splitlines() == [
            "<ul>",
            "<li>One <code>a</code> goes on</li>",
            "<li><strong>Two <code>b</code> x</strong> Text of</li>",
            "</ul>",
            "<p>a paragraph</p>",
            "<h4>Head</h4>",
            "<p>End</p>",
        ]

    @pytest.mark.parametrize("text", ["**a `b** c`", "`**`**", "<b>&amp;</b>", "** a ** *b* `", "***x***"])
    def test_marks_never_cross(self, text: str) -> None:
        """Whatever the marks, what comes out is well-formed, and what looks like HTML is text."""
        checked = Checked()
        checked.feed(f"<p>{markdown.inline(text)}</p>")
        checked.close()
        assert checked.open == []
        assert "<b>" not in markdown.inline(text)

    @pytest.mark.parametrize(
        ("notes", "language"),
        [
            ("The days of a week are not those of the client", "en"),
            ("Päivät ja viikot ovat kalenterin mukaan, ei muuten", "fi"),
            ("Dagarna är inte de som klienten har och räknas inte", "sv"),
            ("1 § 2 mom.", ""),
        ],
    )
    def test_language(self, notes: str, language: str) -> None:
        """The language of notes is told by their commonest words; it is not guessed where there are none."""
        assert markdown.language_of(notes) == language


VOID = {"meta", "br", "link", "img", "hr", "input"}


class Checked(HTMLParser):
    """A small validator: every element closed in order; what is told of a page on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.captions = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute stands twice in {tag}"
        self.elements.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def values(self, attribute: str) -> list[str]:
        return [value for _, attrs, _ in self.elements if (value := attrs.get(attribute)) is not None]

    def tags(self, *wanted: str) -> list[tuple[str, dict[str, str | None], tuple[str, ...]]]:
        return [element for element in self.elements if element[0] in wanted]


def checked(shown: str) -> Checked:
    parser = Checked()
    parser.feed(shown)
    parser.close()
    assert parser.open == []
    return parser


def pages() -> list[tuple[str, str]]:
    aava = aava_rules.load("aava")
    result = [(language, as_html(page_of(language, decision=hostile(HOSTILE)))) for language in LANGUAGES]
    result += [("en", as_html(build_page(work()._parts, "en", read_supplements(work()))))]
    return [*result, ("fi", as_html(build_page(aava._parts, "fi", read_supplements(aava))))]


@pytest.fixture(scope="module", name="all_pages")
def _all_pages() -> list[tuple[str, str]]:
    return pages()


class TestHtml:
    def test_well_formed(self, all_pages: list[tuple[str, str]]) -> None:
        """Every element is closed in order, ids are unique, and whatever points to an id finds it."""
        for _, shown in all_pages:
            document = checked(shown)
            ids = document.values("id")
            assert len(ids) == len(set(ids))
            assert not any(re.search(r"\s", element_id) for element_id in ids)
            for target in [
                *document.values("aria-labelledby"),
                *(h[1:] for h in document.values("href") if h[:1] == "#"),
            ]:
                assert target in ids

    def test_language_and_title(self, all_pages: list[tuple[str, str]]) -> None:
        """The page says its language, and nothing in it is in another one."""
        for language, shown in all_pages:
            document = checked(shown)
            (root,) = document.tags("html")
            assert root[1]["lang"] == language
            assert document.values("lang") == [language]
            assert re.search(r"<title>\S.*</title>", shown)
            if language != "en":
                assert "Five days after the change" not in shown

    def test_headings(self, all_pages: list[tuple[str, str]]) -> None:
        """There is one first heading, and no level is left out on the way down."""
        for _, shown in all_pages:
            levels = [int(tag[1]) for tag, _, _ in checked(shown).tags("h1", "h2", "h3", "h4", "h5", "h6")]
            assert levels[0] == 1
            assert levels.count(1) == 1
            assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_tables(self, all_pages: list[tuple[str, str]]) -> None:
        """Every table has a caption, heads with their scope, and can be scrolled by keyboard."""
        for _, shown in all_pages:
            document = checked(shown)
            heads = document.tags("th")
            assert heads
            for _, attrs, above in heads:
                assert attrs["scope"] == ("col" if "thead" in above else "row")
            assert len(document.tags("table")) == len(document.tags("caption"))
            regions = [attrs for _, attrs, _ in document.tags("div") if attrs.get("role") == "group"]
            assert len(regions) == len(document.tags("table"))
            assert all(region["tabindex"] == "0" and region["aria-labelledby"] for region in regions)

    def test_keyboard_and_landmarks(self, all_pages: list[tuple[str, str]]) -> None:
        """The first link skips to the content, which is a main landmark; navigation has a name; zooming is allowed."""
        for _, shown in all_pages:
            document = checked(shown)
            first = document.tags("a")[0][1]
            assert (first["class"], first["href"]) == ("skip", "#content")
            assert [element[1]["id"] for element in document.tags("main")] == ["content"]
            assert document.tags("nav")[0][1]["aria-labelledby"] == "contents"
            viewport = next(
                element[1]["content"] for element in document.tags("meta") if element[1].get("name") == "viewport"
            )
            assert viewport == "width=device-width, initial-scale=1"
            assert ":focus-visible" in shown

    def test_it_loads_and_runs_nothing(self, all_pages: list[tuple[str, str]]) -> None:
        """The page has no script, nothing that runs, and nothing that is fetched; only pages are linked."""
        for _, shown in all_pages:
            document = checked(shown)
            assert not document.tags("script", "iframe", "object", "embed", "link", "img", "form", "base")
            assert not [
                name for _, attrs, _ in document.elements for name in attrs if name.startswith("on") or name == "style"
            ]
            assert "url(" not in STYLE
            assert "@import" not in STYLE
            assert all(link.startswith(("#", "https://")) for link in document.values("href"))

    def test_hostile_names_are_text(self) -> None:
        """What names, ids, cases and notes hold is text, whatever it looks like."""
        shown = as_html(page_of(decision=hostile(HOSTILE)))
        assert "&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in shown
        assert "The town&#x27;s &lt;model&gt; &quot;A&quot; &amp; B" in shown
        assert "A case of &lt;script&gt;one&lt;/script&gt; rule" in shown
        assert "<code>runs</code> &lt;b&gt;on&lt;/b&gt;" in shown
        assert "javascript:" not in shown

    def test_it_says_what_the_page_has(self) -> None:
        """Every rule, value, case and note of the page is in the HTML, with its sources linked."""
        shown = as_html(page_of())
        for one in [one for ruleset in town()._parts.rulesets for one in ruleset.rules]:
            assert f'<h3 id="{one.id}">' in shown
        assert '<a href="https://example.org/act/1?a=1&amp;b=2">Act 1/2000 section 2(1)</a> (verified)' in shown
        assert "Act 2/2010 (from a secondary source)" in shown
        assert "Five days after the change" in shown
        assert "Notes on interpretation" in shown
        assert '<a href="#fact-age">age</a>' in shown

    def test_a_place_on_the_path(self) -> None:
        """With a client every step has its state in words, and what is next stands above with its day and reason."""
        shown = as_html(page_of(decision=place("2015-01-14", [START])))
        assert '<li id="step-first_meeting" class="next">' in shown
        assert "</span> Next</span>: by 13 January 2015 (overdue)</p>" in shown
        assert (
            "<strong>Meeting</strong> – by 13 January 2015 (overdue)<br>The meeting is held by 13 January 2015."
            in shown
        )
        document = checked(shown)
        states = [attrs.get("class") for tag, attrs, above in document.elements if tag == "li" and attrs.get("id")]
        assert states == ["done", "next", "open", "open", "open", "open", "open"]

    def test_print_and_narrow_screens(self) -> None:
        """There is a print style that shows what is folded, and no fixed width that a phone could not hold."""
        assert "@media print" in STYLE
        assert "details::details-content" in STYLE
        assert not re.findall(r"[;{] *(?:min-)?width: [^;]*(?:px|rem)", STYLE)


class TestContrast:
    """Contrast by WCAG 2.1, 1.4.3 (text) and 1.4.11 (borders and outlines), of the colours in the style sheet."""

    def rules(self) -> list[tuple[str, dict[str, str]]]:
        result = []
        for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", STYLE):
            pairs = [part.split(":", 1) for part in body.split(";") if ":" in part]
            result.append((selector.strip(), {name.strip(): value.strip() for name, value in pairs}))
        return result

    def luminance(self, colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def ratio(self, first: str, second: str) -> float:
        low, high = sorted([self.luminance(first), self.luminance(second)])
        return (high + 0.05) / (low + 0.05)

    def test_the_sum(self) -> None:
        """Black on white is 21:1, and a colour on itself 1:1."""
        assert round(self.ratio("#000000", "#ffffff"), 2) == 21
        assert self.ratio("#767676", "#767676") == 1

    def test_text(self) -> None:
        """Every text colour stands with its ground, and has at least 7:1 on it."""
        coloured = [(selector, rule) for selector, rule in self.rules() if "color" in rule]
        assert len(coloured) >= 8
        for selector, rule in coloured:
            if rule["color"] == "inherit":
                assert rule["background"] == "inherit"
                continue
            assert self.ratio(rule["color"], rule["background"]) >= 7, selector

    def test_borders(self) -> None:
        """Borders that carry meaning, and outlines of what has the focus, have at least 3:1 on every ground."""
        grounds = {rule["background"] for _, rule in self.rules() if rule.get("background", "").startswith("#")}
        drawn = [
            value
            for _, rule in self.rules()
            for name, value in rule.items()
            if name in ("border", "outline", "border-left")
        ]
        colours = {colour for value in drawn for colour in re.findall(r"#[0-9a-f]{6}", value)}
        assert colours
        for colour in colours:
            assert min(self.ratio(colour, ground) for ground in grounds) >= 3, colour
