"""The screenshots of the documentation: every page in every language, on a phone and on a desktop.

python tests/pages/screenshots.py docs/screenshots      writes them and the page that shows them
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import browser as tools

from aava_rules.language.values import LANGUAGES

SIZES = {tools.PHONE: 740, tools.DESKTOP: 800}
TITLES = {
    "check": "`aava-rules check --format html`: thirteen records and one that could not be read",
    "next": "`aava-rules next --format html`: what to do, what to ask, and the client path",
    "explain": "`aava-rules explain --format html`: why a limit is broken",
    "show": "`aava-rules show --format html`: a rulebook as law reads",
    "service": "the page of the service, on the way to an answer",
}
NAMES = {"fi": "Finnish", "sv": "Swedish", "en": "English"}


def take(folder: Path) -> None:
    """Write all screenshots into ``folder``, and the page that shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, tools.opened() as browser, tools.service() as address:
        pages = tools.make_pages(Path(made))
        for width, height in SIZES.items():
            for language in LANGUAGES:
                page = browser.new_page(viewport={"width": width, "height": height})
                page.set_default_timeout(120_000)
                for name in ("check", "next", "explain", "show"):
                    page.goto(pages[f"{name}.{language}"].as_uri())
                    page.screenshot(path=folder / f"{name}-{language}-{width}.png")
                tools.begin(page, address, language)
                tools.answer_until(page, 2)
                page.evaluate("window.scrollTo(0, 0)")
                page.screenshot(path=folder / f"service-{language}-{width}.png")
                page.close()
    (folder / "README.md").write_text(gallery(), encoding="utf-8")


def gallery() -> str:
    """The page that shows all of them."""
    lines = [
        "# Screenshots\n",
        "`make screenshots` takes them: each page on a phone of 360 px and on a desktop of 1280 px.\n",
    ]
    for name, title in TITLES.items():
        lines.append(f"## {title[:1].upper()}{title[1:]}\n")
        for language in LANGUAGES:
            images = [f"![{NAMES[language]}, {width} px]({name}-{language}-{width}.png)" for width in SIZES]
            lines.append(f"{NAMES[language]}:\n\n{' '.join(images)}\n")
    return "\n".join(lines)


if __name__ == "__main__":
    if tools.needed():
        sys.exit(tools.needed())
    take(Path(sys.argv[1]))
