"""What each code means, why it is told, an example, and what to write instead; `docs/codes` has a page of each."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import yaml

from aava_rules.language.structs import Struct


class Code(Struct):
    """The page of a code.

    Attributes:
        code: the code, such as ``AR213``.
        title: what it is about, in a few words.
        what: what it tells.
        why: why that matters.
        example: lines of rule files that are told with it.
        instead: what to write in their place: lines of rule files, or a sentence.
    """

    code: str
    title: str
    what: str
    why: str
    example: str
    instead: str

    def markdown(self) -> str:
        """The page, as Markdown."""
        return (
            f"# {self.code} {self.title}\n\n{self.what}\n\n**Why.** {self.why}\n\n"
            f"**Example**\n\n```yaml\n{self.example.rstrip()}\n```\n\n**Instead**\n\n```yaml\n{self.instead.rstrip()}\n```\n"
        )

    def text(self) -> str:
        """The page without any marks."""
        return f"{self.what} {self.why}\n\nExample:\n{self.example.rstrip()}\n\nInstead:\n{self.instead.rstrip()}"


@lru_cache(maxsize=1)
def codes() -> dict[str, Code]:
    """The page of every code that a check of a rulebook can tell, in the order of the codes."""
    text = resources.files("aava_rules.tools.lint").joinpath("codes.yaml").read_text(encoding="utf-8")
    return {code: Code(code, **page) for code, page in sorted(yaml.safe_load(text).items())}
