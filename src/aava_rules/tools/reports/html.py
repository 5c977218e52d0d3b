"""The HTML report: one self-contained page that screen readers read well too, without scripts."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Final, TextIO

from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day
from aava_rules.tools.reports.shown import (
    applicable_findings,
    caution_numbers,
    open_findings,
    paths_text,
    shown_text,
    unread,
    weight_word,
)
from aava_rules.tools.reports.totals import Totals

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding
    from aava_rules.decision.decision import Decision

# Text colours have a contrast of at least 7:1 on their grounds; no status is shown by colour alone.
_STYLE: Final = """
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
a { color: #003d99; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 2rem; }
caption { text-align: left; padding: 0.25rem 0; }
th, td { border: 1px solid #767676; padding: 0.4rem 0.6rem; text-align: left; vertical-align: top; }
th, td { overflow-wrap: break-word; }
thead th { background: #f0f0f0; }
.broken { color: #8b0000; font-weight: bold; }
.unknown { color: #5c3d00; font-weight: bold; }
.met { color: #004d1a; }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
""".strip()
_HEADINGS: Final = (
    "report.requirement", "report.status", "report.weight", "report.text", "report.where", "report.source",
    "report.cautions",
)  # fmt: skip


class Html:
    """A page with a section and a table for each record, in one language."""

    name = "html"
    streams = True
    shows_notices = True

    def write(self, decisions: Iterable[Decision], out: TextIO, language: str) -> None:
        """Write the page, a section for each decision, and the summary last.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: the language of texts.
        """
        title = text("report.findings", language)
        skip = f'<a class="skip" href="#findings">{text("report.skip", language)}</a>'
        out.write(
            f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
            f'<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{skip}\n<main id="findings">\n<h1>{title}</h1>\n'
        )
        totals = Totals()
        for decision in decisions:
            totals.add(decision)
            out.writelines(_section(decision, totals.records, language))
        totals.unread = unread(decisions)
        out.write(f"<section>\n<h2>{text('report.summary', language)}</h2>\n")
        out.write(f"<p>{escape(totals.summary(language))}</p>\n</section>\n</main>\n</body>\n</html>\n")


def _section(decision: Decision, number: int, language: str) -> Iterable[str]:
    rulebook = decision.rulebook
    yield f'<section>\n<h2 id="r{number}">{text("report.record", language)} {escape(decision.record_id)}</h2>\n'
    caption = f"{text('report.day', language)}: {format_day(decision.on, language)}. "
    caption += f"{text('report.rulebook', language)}: {rulebook['name']} {rulebook['version']}."
    met = [finding for finding in applicable_findings(decision) if finding.status == "met"]
    rows = [_row(finding, decision, number, language) for finding in (*open_findings(decision), *met)]
    remarks = [*_notices(decision, language), *_cautions(decision, number, language)]
    if not rows:
        yield f"<p>{escape(caption)} {text('report.none', language)}</p>\n"
        yield from [*remarks, "</section>\n"]
        return
    heads = "".join(f'<th scope="col">{text(key, language)}</th>' for key in _HEADINGS)
    # What scrolls has to be reached by keyboard as well.
    yield f'<div class="wide" role="region" tabindex="0" aria-labelledby="r{number}">\n'
    yield f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    yield from rows
    yield from ["</tbody>\n</table>\n</div>\n", *remarks, "</section>\n"]


def _notices(decision: Decision, language: str) -> Iterable[str]:
    """What does not fit together in a record, as a list."""
    if not decision.notices:
        return
    yield f"<h3>{text('report.notices', language)}</h3>\n<ul>\n"
    for notice in decision.notices:
        yield f"<li>{escape(paths_text(notice))}: {escape(notice.text(language))}</li>\n"
    yield "</ul>\n"


def _cautions(decision: Decision, number: int, language: str) -> Iterable[str]:
    """The cautions of a record as a list, to whose numbers the rows refer."""
    if not decision.cautions:
        return
    yield f"<h3>{text('report.cautions', language)}</h3>\n<ol>\n"
    for place, caution in enumerate(decision.cautions, 1):
        yield f'<li id="r{number}c{place}">{escape(caution.text(language))}</li>\n'
    yield "</ol>\n"


def _row(finding: Finding, decision: Decision, number: int, language: str) -> str:
    status = text(f"answer.{finding.status}", language)
    places = caution_numbers(finding, decision)
    cautions = ", ".join(f'<a href="#r{number}c{place}">{place}</a>' for place in places)
    title = finding.title(language)
    message = shown_text(finding, decision, language)
    explanation = "" if message in (title, f"{title}: {status}") else message  # the row has these already
    links = "; ".join(_link(cite.text[language], cite.link) for cite in finding.citations)
    cells = [
        f'<td class="{finding.status}">{escape(status)}</td>',
        f"<td>{escape(weight_word(finding.weight, language))}</td>",
        f"<td>{escape(explanation)}</td>",
        f"<td>{escape(finding.where)}</td>",
        f"<td>{links}</td>",
        f"<td>{cautions}</td>",
    ]
    return f'<tr><th scope="row">{escape(title)}</th>{"".join(cells)}</tr>\n'


def _link(text: str, link: str) -> str:
    # Rulebooks are data of others: nothing but an address of a page becomes a link.
    if not link.startswith(("https://", "http://")):
        return escape(text)
    return f'<a href="{escape(link)}">{escape(text)}</a>'
