"""What a rule of an amendment takes over unread: words that name the numbers, days or paragraphs of another rule."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.loader.yaml_nodes import Scalar
from aava_rules.rulebook.model import Parts, Rule, Text
from aava_rules.tools.lint.files import Files, listed

_NAMED: Final = re.compile(r"\d[\d.,/:]*(?:[ \u00a0]?§)?|§")
"""A number, day, act or paragraph that stands in a text as it is; what a placeholder gives follows the rule."""
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")


def check_taken_over(files: Files, parts: Parts) -> None:
    """Report each title and message that a rule takes over and that names something of the rule it comes from (AR232).

    Args:
        files: the amendment's own files, and where remarks go.
        parts: the rulebook as it is amended.
    """
    rules = {rule.id: rule for ruleset in parts.rulesets for rule in ruleset.rules}
    for rule_id, (_, node) in files.rules.items():
        for part in ("replaces", "like"):
            model = node.get(part)
            if isinstance(model, Scalar) and rule_id in rules:
                _report(files, parts, rules[rule_id], model.text, part)


def _report(files: Files, parts: Parts, rule: Rule, model: str, part: str) -> None:
    right = _values_read(rule, parts)
    written = {key.text for key, _ in files.rules[rule.id][1].pairs}
    texts: dict[str, list[Text]] = {"title": [rule.title]}
    if rule.message:
        every = (parts.messages, parts.client_messages)
        texts["message"] = [text for of_all in every for text in of_all.get(rule.message, {}).values()]
    for name, of_part in texts.items():
        named = (
            word.rstrip(".,:/")
            for text in of_part
            for language in LANGUAGES
            for word in _NAMED.findall(_PLACEHOLDER.sub("", text[language]))
        )
        others = list(dict.fromkeys(word for word in named if word not in right))
        if others and name not in written:
            what = f"{rule.id} takes over the {name} of {model}, which names {listed(others)}"
            why = "People would read it as said of the amendment."
            hint = f"Write a `{name}:` of its own, in three languages."
            files.report(files.rule(rule.id, part), "AR232", what, why, hint)


def _values_read(rule: Rule, parts: Parts) -> set[str]:
    """The numbers that a rule reads on its first day, as texts have them: a text that names one of these is right."""
    values = set()
    for name in parts.reads[rule.id].parameters:
        begun = [
            v for v in parts.parameters[name].values if v.start is None or rule.start is None or v.start <= rule.start
        ]
        if begun and isinstance(begun[-1].value, (int, Decimal)):
            number = str(begun[-1].value)
            values |= {number, number.replace(".", ",")}
    return values
