"""What is sent for ``/``, ``/page.css`` and ``/page.js``."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from aava_rules.language.values import LANGUAGES
from aava_rules.tools.markup.style import MARKS, STYLE

FOLDER: Final = Path(__file__).parent
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may do: its own script and style, and questions to this service."""
_NAMES: Final = {"fi": "Suomi", "sv": "Svenska", "en": "English"}


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every text of the page by its key, in each language."""
    read: dict[str, dict[str, str]] = json.loads((FOLDER / "texts.json").read_text(encoding="utf-8"))
    return read


def language_of(request: Request) -> str:
    """The language of the page: the one that is asked for, else the first that the browser prefers, else Finnish."""
    wanted = request.query_params.get("language", "")
    accepted = [part.partition(";")[0].strip()[:2] for part in request.headers.get("accept-language", "").split(",")]
    return next((language for language in (wanted, *accepted) if language in LANGUAGES), "fi")


@cache
def html(language: str) -> str:
    """The page in ``language``."""
    own = {key: escape(text[language]) for key, text in texts().items()}
    links = "".join(
        f'<li><a href="?language={other}" lang="{other}" hreflang="{other}"'
        + (' aria-current="page"' if other == language else "")
        + f">{name}</a></li>"
        for other, name in _NAMES.items()
    )
    # what the script says; a block of data is no script, and a sign that could end it is written as its code
    data = json.dumps({key: text[language] for key, text in texts().items()} | {"marks": MARKS}, ensure_ascii=True)
    template = Template((FOLDER / "page.html").read_text(encoding="utf-8"))
    return template.substitute(own, language=language, languages=links, data=data.replace("<", "\\u003c"))


async def page(request: Request) -> Response:
    """The page itself, in the language that is asked for."""
    language = language_of(request)
    headers = {"Content-Language": language, "Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return Response(html(language), media_type="text/html", headers=headers)


async def style(request: Request) -> Response:
    """The style of all pages, and what only this one has."""
    return Response(f"{STYLE}\n{(FOLDER / 'page.css').read_text(encoding='utf-8')}", media_type="text/css")


async def script(request: Request) -> Response:
    """The script of the page."""
    return Response((FOLDER / "page.js").read_text(encoding="utf-8"), media_type="text/javascript")
