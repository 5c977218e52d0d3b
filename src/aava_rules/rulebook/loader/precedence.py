"""Which rules a rule overrides, and that no two override each other."""

from __future__ import annotations

from datetime import date

from aava_rules.rulebook.loader.documents import nearest
from aava_rules.rulebook.loader.rulesets import RuleEntry, Rulesets
from aava_rules.rulebook.loader.yaml_nodes import Node, Scalar, Sequence

_MAX_CIRCLES = 20
_SHOWN = 6


class Overrides:
    """Resolves ``overrides`` of all rules."""

    def __init__(self, rulesets: Rulesets) -> None:
        self.rulesets = rulesets
        self._told = 0
        self._of = {id: self._resolve(rule) for id, rule in rulesets.by_id.items()}

    def of(self, rule: RuleEntry) -> tuple[str, ...]:
        """The ids of the rules that conclude nothing when this rule holds."""
        return self._of[rule.id]

    def _resolve(self, rule: RuleEntry) -> tuple[str, ...]:
        node = rule.node.get("overrides")
        if node is None:
            return ()
        if isinstance(node, Scalar) and node.text == "all":
            return tuple(other.id for other in rule.ruleset.rules if other is not rule and _alike(rule, other))
        if not isinstance(node, Sequence):
            rule.ruleset.document.fault(node, "AR056", "overrides is all or a list of ids", "", "Write [TG-22].")
            return ()
        return tuple(id for item in node.items if (id := self._target(rule, item)))

    def _target(self, rule: RuleEntry, node: Node) -> str:
        text = node.text if isinstance(node, Scalar) else ""
        document = rule.ruleset.document
        other = self.rulesets.by_id.get(text)
        if text in self.rulesets.broken_ids and text:
            return ""
        if other is None or other.ruleset.layer.rank > rule.ruleset.layer.rank:
            hint = nearest(text, self.rulesets.by_id)
            document.fault(node, "AR056", f"no rule has the id {text[:60] or 'that stands here'}", "", hint)
            return ""
        if other.ruleset.layer is not rule.ruleset.layer and other.weight == "law":
            why = f"{text} is law; a rulebook on top of {other.ruleset.layer.name} overrides weaker rules only."
            document.fault(node, "AR065", f"{rule.id} overrides {text}", why)
            return ""
        return text

    def check_circles(self) -> None:
        """Tell the rules that override one another in a circle while both are in force."""
        done: set[str] = set()
        for first in self.rulesets.by_id:
            if first not in done and self._told < _MAX_CIRCLES:
                self._search(first, done)

    def _search(self, first: str, done: set[str]) -> None:
        # Iterative, since a long chain of overrides must not exhaust Python's own stack.
        path, on_path = [first], {first}
        stack = [self._edges(first)]
        while stack:
            if not stack[-1]:
                stack.pop()
                done.add(path[-1])
                on_path.discard(path.pop())
                continue
            following = stack[-1].pop()
            if following in on_path:
                self._tell(path[path.index(following) :])
                if self._told >= _MAX_CIRCLES:
                    return
            elif following not in done:
                path.append(following)
                on_path.add(following)
                stack.append(self._edges(following))

    def _edges(self, id: str) -> list[str]:
        rule = self.rulesets.by_id[id]
        return [other for other in self._of[id] if _overlap(rule, self.rulesets.by_id[other])]

    def _tell(self, circle: list[str]) -> None:
        self._told += 1
        start = circle.index(min(circle))
        circle = circle[start:] + circle[:start]
        rule = self.rulesets.by_id[circle[0]]
        shown = circle if len(circle) <= _SHOWN else [*circle[:_SHOWN], "..."]
        why = f"{' overrides '.join([*shown, circle[0]])}; when both held, neither would conclude anything."
        rule.ruleset.document.fault(rule.node.get("overrides"), "AR057", "rules override one another in a circle", why)


def _alike(rule: RuleEntry, other: RuleEntry) -> bool:
    if rule.kind != other.kind:
        return False
    if rule.kind == "require":
        return rule.model.requirement == other.model.requirement
    return rule.kind == "decide" or rule.model.suggest == other.model.suggest


def _overlap(one: RuleEntry, other: RuleEntry) -> bool:
    (a, b), (c, d) = _days(one), _days(other)
    return a <= d and c <= b


def _days(rule: RuleEntry) -> tuple[date, date]:
    days = rule.model.in_force
    return (days and days.from_) or date.min, (days and days.until) or date.max
