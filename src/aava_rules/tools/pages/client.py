"""Pages on one client: the place on the client path with what to do next, and why an answer is as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import TextIO

from aava_rules.decision.client_path import ClientPath
from aava_rules.decision.decision import Decision, book_name, inside
from aava_rules.decision.explain.tree import Explanation, Node
from aava_rules.decision.items import item_path
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day, label
from aava_rules.record.fields import lists
from aava_rules.tools.markup import document
from aava_rules.tools.pages.html import now, path_steps, questions
from aava_rules.tools.pages.path import round_text
from aava_rules.tools.reports.shown import place_text


def write_path(path: ClientPath, decision: Decision, out: TextIO, language: str) -> None:
    """Write a client's place on the path as a page: what to do and to ask next, then the steps with their states.

    Args:
        path: the place on the path.
        decision: the decision on the client.
        out: the text stream to write to.
        language: the language of texts.
    """
    title = f"{text('page.path', language)}: {decision.record_id}"
    out.write(document.opening(title, language, _header(decision, language)))
    if not path.steps:
        out.write(f"<p>{text('page.no_path', language)}</p>\n")
    else:
        out.write(f"<p>{escape(round_text(path, decision, language))}</p>\n")
        out.writelines(now(path, decision, language, 2))
        out.writelines(questions(decision, language, 2))
        out.write(f'<section aria-labelledby="path">\n<h2 id="path">{text("page.path", language)}</h2>\n')
        out.writelines(path_steps(inside(decision).parts, path, frozenset(), language))
        out.write("</section>\n")
    out.writelines(_cautions(decision, language))
    out.write(document.CLOSING)


def write_explanation(explanation: Explanation, name: str, decision: Decision, out: TextIO, language: str) -> None:
    """Write why an answer is as it is as a page: a section for each answer, its reasons below one another.

    Args:
        explanation: the explanation.
        name: what was explained: an outcome, requirement or step, or the key of a finding.
        decision: the decision that is explained.
        out: the text stream to write to.
        language: the language of texts.
    """
    title = f"{_capital(label(inside(decision).parts, name.partition('@')[0])[language])}: {decision.record_id}"
    out.write(document.opening(title, language, _header(decision, language)))
    in_words = _paths_in_words(decision, language)
    for number, tree in enumerate(explanation.trees, 1):
        heading = escape(_capital(in_words(tree.texts[language])))
        out.write(f'<section aria-labelledby="a{number}">\n<h2 id="a{number}">{heading}</h2>\n')
        out.write(f"<p>{document.cites(tree.citations, language)}</p>\n" if tree.citations else "")
        out.writelines(_lines(tree.children, in_words, language, "tree"))
        out.write("</section>\n")
    out.write(document.CLOSING)


def _lines(nodes: Iterable[Node], in_words: Callable[[str], str], language: str, style: str = "") -> Iterator[str]:
    """Lines of an explanation as a list, those below a line as a list inside it."""
    if not nodes:
        return
    yield f'<ul class="{style}" role="list">\n' if style else "<ul>\n"
    for node in nodes:
        sources = document.cites(node.citations, language)
        yield f"<li>{escape(in_words(node.texts[language]))}" + (f" <cite>{sources}</cite>" if sources else "")
        yield from _lines(node.children, in_words, language)
        yield "</li>\n"
    yield "</ul>\n"


def _paths_in_words(decision: Decision, language: str) -> Callable[[str], str]:
    """What puts words in the place of the paths of the items of a record, wherever they stand in a text."""
    paths = {
        item_path(name, item, position)
        for name in lists()
        for position, item in enumerate(getattr(decision.record, name) or ())
    }
    if not paths:
        return lambda shown: shown
    longest_first = sorted(paths, key=len, reverse=True)
    pattern = re.compile(f"(?:{'|'.join(map(re.escape, longest_first))})(?:\\.[a-z_]+)?")
    return lambda shown: pattern.sub(lambda match: place_text(match[0], decision, language), shown)


def _header(decision: Decision, language: str) -> str:
    day = f"{text('report.day', language)}: {format_day(decision.on, language)}"
    name = f"{text('report.rulebook', language)}: {book_name(decision.rulebook)}"
    return f"<p>{escape(f'{day}. {name}')}</p>\n"


def _cautions(decision: Decision, language: str) -> Iterator[str]:
    if decision.cautions:
        title = text("report.cautions", language)
        yield f'<section aria-labelledby="cautions">\n<h2 id="cautions">{title}</h2>\n<ul>\n'
        yield "".join(f"<li>{escape(caution.text(language))}</li>\n" for caution in decision.cautions)
        yield "</ul>\n</section>\n"


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]
