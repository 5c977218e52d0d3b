"""What the built documentation site must keep: it asks nothing of other hosts, and every link in it leads somewhere.

python tests/quality/site.py build/site      exit code 1 with a line for each fault
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "object": "data"}
"""What a browser fetches without being asked, and the attribute that says from where."""


class Links(HTMLParser):
    """The links of a page, what it fetches, and the ids in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in FETCHED and FETCHED[tag] in values and values.get("rel") not in ("canonical", "next", "prev"):
            self.fetched.append(values[FETCHED[tag]])


def faults(site: Path) -> Iterator[str]:
    """A line for each thing that is wrong with the ``site``."""
    pages = {path.resolve(): Links(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    if len(pages) < 20:
        yield f"{site} has {len(pages)} pages, which is not the whole of it"
    for path, page in pages.items():
        place = path.relative_to(site.resolve())
        if place.name == "404.html":
            continue  # its links begin at the root of a server
        for target in page.fetched:
            if urlsplit(target).scheme not in ("", "data"):
                yield f"{place} fetches {target}"
        for link in [*page.links, *page.fetched]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target_path = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target_path.is_file():
                yield f"{place} links to {link}, which is not there"
            elif parts.fragment not in ("", "__skip") and unquote(parts.fragment) not in pages[target_path].ids:
                yield f"{place} links to {link}, and the page has no such id"
    for sheet in site.rglob("*.css"):
        for address in re.findall(r"(?:url\(|@import\s*)[\"']?(https?:[^)\"']+)", sheet.read_text(encoding="utf-8")):
            yield f"{sheet.relative_to(site)} fetches {address}"
    index = site / "search" / "search_index.js"
    if not index.is_file() or "kuntouttava" not in index.read_text(encoding="utf-8"):
        yield "the site has no index of its words that is read without a server"


if __name__ == "__main__":
    wrong = list(dict.fromkeys(faults(Path(sys.argv[1]))))
    print("\n".join([*wrong, f"{len(wrong)} faults of the site"]))
    sys.exit(1 if wrong else 0)
