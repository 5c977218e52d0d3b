"""What MkDocs calls while it builds the documentation site.

The site has pages that lie elsewhere in the checkout, beside what they describe; pages that are generated from the
library itself (its classes, commands and schemas); and links of all these, which lead on the site where the page is on
the site, and name the file where it is not.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import aava_rules
import aava_rules.testing

ROOT: Final = Path(__file__).resolve().parents[1]
ELSEWHERE: Final = {
    "ARCHITECTURE.md": "project/architecture.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "examples/clients/README.md": "project/clients.md",
    "examples/own_rulebook/README.md": "project/own_rulebook.md",
    "examples/records/README.md": "project/records.md",
    "examples/scheduler/README.md": "project/scheduler.md",
    "examples/stories/README.md": "project/stories.md",
    "plugins/README.md": "project/plugins.md",
    "plugins/aava-rules-http/cds_hooks.md": "project/cds_hooks.md",
    "rulesets/README.md": "project/rulesets.md",
    **{
        f"plugins/{folder.name}/README.md": f"project/{folder.name}.md"
        for folder in sorted((ROOT / "plugins").iterdir())
        if (folder / "README.md").exists()
    },
}
"""Pages that lie elsewhere in the checkout, and where they are on the site."""
_LINK: Final = re.compile(r"(?<!!)\[([^\]\n]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_FENCED: Final = re.compile(r"(^```.*?^```[ \t]*$)", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name the pages of codes, of decisions, and all that the navigation does not name, at their places in it."""
    nav: list[Any] = config.nav or []
    _section(nav, "Reference").append({"Codes": ["codes/README.md", *_pages("codes")]})
    _section(nav, "How it is built").insert(2, {"Decisions, one by one": _pages("adr")})
    known = set(_named(nav))
    others = [*_pages(""), *_pages("start"), *_pages("howto"), *sorted(ELSEWHERE.values())]
    more = [page for page in others if page not in known]
    if more:
        nav.append({"More": more})
    config.nav = nav
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie elsewhere and those that are generated."""
    for source, target in ELSEWHERE.items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    generated = {"python": _python_page(), "commands": _commands_page(), "schemas": _schemas_page()}
    for name, text in generated.items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to where their page is on the site; of a file that is not on the site, the name is left."""
    place = page.file.src_uri
    origin = next((source for source, target in ELSEWHERE.items() if target == place), f"docs/{place}")

    def lead(match: re.Match[str]) -> str:
        shown, target, anchor = match[1], match[2], match[3] or ""
        if not target or ":" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
        found = _on_site(path, files)
        if found is None:
            return shown if shown.strip("`") == path else f"{shown} (`{path}`)"
        return f"[{shown}]({posixpath.relpath(found, posixpath.dirname(place) or '.')}{anchor})"

    parts = _FENCED.split(markdown)
    return "".join(part if part.startswith("```") else _LINK.sub(lead, part) for part in parts)


def _on_site(path: str, files: Files) -> str | None:
    """Where a path of the checkout is on the site; None if it is not there."""
    if path == "README.md":
        return "index.md"
    for name in (path, f"{path}/README.md"):
        target = ELSEWHERE.get(name) or name.removeprefix("docs/")
        if (name in ELSEWHERE or name.startswith("docs/")) and files.get_file_from_path(target) is not None:
            return target
    return None


def _section(nav: list[Any], title: str) -> list[Any]:
    return next(entry[title] for entry in nav if isinstance(entry, dict) and title in entry)


def _pages(folder: str) -> list[str]:
    """The pages of a folder of docs, in order, without the one that introduces it."""
    base = ROOT / "docs" / folder if folder else ROOT / "docs"
    return [f"{folder}/{page.name}".lstrip("/") for page in sorted(base.glob("*.md")) if page.name != "README.md"]


def _named(entry: Any) -> Iterator[str]:
    """The pages that a part of the navigation names."""
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict):
        for value in entry.values():
            yield from _named(value)
    else:
        for item in entry:
            yield from _named(item)


def _python_page() -> str:
    """The public names, each by the module that defines it, as mkdocstrings describes them."""
    texts = [
        "# Python\n\nWhat `import aava_rules` gives; whatever is not here may change without notice.\n",
        *_described(aava_rules),
        "## For plugins\n\nThe hooks of `aava_rules.hookspecs`.\n",
        "::: aava_rules.hookspecs\n    options:\n      show_root_heading: false\n      heading_level: 3\n",
        "## For tests\n\nWhat `import aava_rules.testing` gives.\n",
        *_described(aava_rules.testing),
    ]
    return "\n".join(texts)


def _described(module: Any) -> list[str]:
    """What mkdocstrings is told to describe: each public name of a module, by which hosts import it."""
    return [f"::: {module.__name__}.{name}\n" for name in module.__all__]


def _commands_page() -> str:
    """The commands as their own help describes them."""
    import typer
    from typer.cli import get_docs_for_click

    from aava_rules.decision.plugins import manager
    from aava_rules.tools.cli import build

    command = typer.main.get_command(build(manager([])))
    context = typer.Context(command)
    return get_docs_for_click(obj=command, ctx=context, name="aava-rules", title="Commands")


def _schemas_page() -> str:
    """The JSON Schemas in docs/schema, each with its title or description."""
    lines = ["# JSON Schemas\n", "Of what goes in and what comes out, for validators and editors.\n"]
    lines += ["| file | what it is of |", "| --- | --- |"]
    for file in sorted((ROOT / "docs" / "schema").glob("*.json")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        about = (schema.get("title") or schema.get("description") or "").split("\n")[0]
        lines.append(f"| [{file.name}](../schema/{file.name}) | {about} |")
    return "\n".join(lines) + "\n"
