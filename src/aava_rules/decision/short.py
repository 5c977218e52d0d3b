"""The short form of a decision: each text, rule and citation once, and nothing of what does not apply.

The full form repeats with every answer the paragraphs that it rests on, their titles and links, each in three
languages. Most hosts show one language, or none: programs read codes. In the short form an answer names the rules that
decide it; what these are, their citations and the sources stand in tables, once a decision or, for a batch, once
(`tables_of`). ``aava-rules schema decision --detail short`` prints its JSON Schema, and `expanded` gives the full form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Protocol

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.answers import Finding, NextStep, Outcome, measure_form, state_of
from aava_rules.decision.cautions import Caution
from aava_rules.decision.grounds import deciding_rules, judged_day, rules_cited
from aava_rules.decision.text.citations import citation, number_in_force
from aava_rules.decision.text.values import label
from aava_rules.language.values import plain
from aava_rules.rulebook.model import WEIGHTS, Cite, Rule, Text

if TYPE_CHECKING:
    from aava_rules.decision.missing import Missing
    from aava_rules.decision.notices import Notice

TABLES: Final = ("names", "rules", "citations", "sources")
"""The tables that answers refer to."""


class Answered(Protocol):
    """What is written of a decision; `aava_rules.Decision` says what each of it is."""

    @property
    def on(self) -> date:
        """The day of decision."""

    @property
    def record_id(self) -> str:
        """The id of the record."""

    @property
    def rulebook(self) -> dict[str, Any]:
        """The rulebook that answered."""

    @property
    def engine(self) -> str:
        """The engine that answered."""

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes by name."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, those that do not apply included."""

    @property
    def next_steps(self) -> tuple[NextStep, ...]:
        """The steps to take next."""

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What to ask next."""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What does not fit together."""

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What has not been verified."""


def short_form(
    decision: Answered, book: CompiledRulebook, languages: tuple[str, ...], not_applicable: bool, tables: bool
) -> dict[str, Any]:
    """The short form of ``decision``.

    Args:
        decision: what was decided.
        book: the rulebook that decided it.
        languages: the languages of its texts; of none there are codes only.
        not_applicable: whether what does not apply is told as fully as all else, not by its name alone.
        tables: whether the tables are in it, which else come from `tables_of`.
    """
    return _Short(decision, book, languages, not_applicable).form(tables)


class _Short:
    """One decision on its way to the short form."""

    def __init__(
        self, decision: Answered, book: CompiledRulebook, languages: tuple[str, ...], not_applicable: bool
    ) -> None:
        self._decision = decision
        self._tables = Tables(book, languages)
        self._languages = languages
        self._all = not_applicable
        self._left_out: list[str] = []
        self._cautions = {caution.about: number for number, caution in enumerate(decision.cautions)}

    def form(self, tables: bool) -> dict[str, Any]:
        decision = self._decision
        identity = decision.rulebook
        form: dict[str, Any] = {
            "record_id": decision.record_id,
            "on": decision.on.isoformat(),
            "detail": "short",
            "rulebook": identity_of(identity),
            "engine": decision.engine,
            "outcomes": dict(self._outcomes()),
            "findings": list(self._findings()),
            "next_steps": [self._step(step) for step in decision.next_steps],
            "not_applicable": self._left_out,
            "missing": [self._worded(self._fact(fact), fact.titles) for fact in decision.missing],
            "notices": [
                self._worded({"code": notice.code, "fields": list(notice.fields)}, notice.texts)
                for notice in decision.notices
            ],
            "cautions": [self._caution(caution) for caution in decision.cautions],
        }
        return form | self._tables.to_dict(identity["layers"]) if tables else form

    def _worded(self, entry: dict[str, Any], texts: Text) -> dict[str, Any]:
        if self._languages:
            entry["text"] = {language: texts[language] for language in self._languages}
        return entry

    def _outcomes(self) -> Iterable[tuple[str, dict[str, Any]]]:
        for name, outcome in sorted(self._decision.outcomes.items()):
            status = outcome.status
            if status == "not_applicable" and not self._all:
                self._left_out.append(name)
                continue
            entry = own_form(outcome, self._languages)
            entry |= measure_form(outcome)
            yield name, self._grounded(entry, outcome)

    def _findings(self) -> Iterable[dict[str, Any]]:
        for finding in self._decision.findings:
            if finding.status == "not_applicable" and not self._all:
                self._left_out.append(finding.key)
                continue
            entry: dict[str, Any] = {"key": finding.key, "status": finding.status}
            if finding.where:
                entry["where"] = finding.where
            if finding.reasons:
                entry["reasons"] = list(finding.reasons)
            entry |= measure_form(finding)
            yield self._grounded(entry, finding)

    def _step(self, step: NextStep) -> dict[str, Any]:
        entry: dict[str, Any] = {"step": step.step, "due": plain(step.due), "overdue": step.overdue}
        if step.where:
            entry["where"] = step.where
        return self._grounded(entry, step)

    @staticmethod
    def _fact(fact: Any) -> dict[str, Any]:
        entry: dict[str, Any] = {"fact": fact.fact}
        if fact.where:
            entry["where"] = fact.where
        entry["fields"] = list(fact.fields)
        if fact.settles:
            entry["settles"] = list(fact.settles)
        entry["affects"] = list(fact.affects)
        return entry

    def _caution(self, caution: Caution) -> dict[str, Any]:
        entry: dict[str, Any] = {"code": caution.code}
        if caution.citations:
            entry["citations"] = [self._tables.cite(cite_of(cite.cite)) for cite in caution.citations]
        return self._worded(entry, caution.texts)

    def _grounded(self, entry: dict[str, Any], answer: Outcome | Finding | NextStep) -> dict[str, Any]:
        """``entry`` with the rules, texts and cautions of ``answer``."""
        state = state_of(answer)
        rules = [self._tables.rule(forms.bound.rule, judged_day(state, forms)) for forms in rules_cited(state)]
        if rules:
            entry["by" if deciding_rules(state) else "asked"] = rules
        self._tables.name(state.kind, state.name)
        if self._languages:
            entry["text"] = {language: answer.message(language) for language in self._languages}
        cautions = [self._cautions[caution.about] for caution in answer.cautions]
        if cautions:
            entry["cautions"] = cautions
        return entry


def identity_of(rulebook: Mapping[str, Any]) -> dict[str, Any]:
    """What the short form says of ``rulebook``, a rulebook as its decisions name it: all but its layers."""
    return {name: rulebook[name] for name in ("name", "version", "sha256")}


def own_form(outcome: Outcome, languages: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the short form says of an outcome before what it measures and on what it rests.

    Args:
        outcome: the outcome.
        languages: the languages of texts.
    """
    status = outcome.status
    entry: dict[str, Any] = {"status": status}
    if status == "known":
        entry["value"] = plain(outcome.value)
    if outcome.possible:
        entry["possible"] = sorted(outcome.possible)
    if status == "unknown":
        entry["reasons"] = list(outcome.reasons)
    if outcome.successor and languages:
        entry["successor"] = {language: outcome.successor[language] for language in languages}
    known = outcome.last_known
    if known is not None:
        entry["last_known"] = known.to_dict()
    if outcome.given:
        entry["given"] = True
    return entry


def tables_of(
    book: CompiledRulebook, layers: Sequence[Mapping[str, Any]], languages: tuple[str, ...]
) -> dict[str, Any]:
    """The tables for every decision of ``book``, whatever the record and the day.

    Args:
        book: the rulebook.
        layers: the rulebooks that it is made of, as its decisions name them.
        languages: the languages of titles and citations.
    """
    tables = Tables(book, languages)
    for query in book.questions.values():
        tables.name(query.kind, query.name)
        for rule, ruleset in query.rules:
            for day in (None, *(start for start, _ in rule.cite)):
                tables.rule(rule, day or date.min)
            ending = ruleset.may_end.cite if ruleset.may_end is not None else ()
            tables.cite_all((*rule.to_read, *ruleset.to_read, *ending))
    for parameter in book.parts.parameters.values():
        for value in parameter.values:
            tables.cite_all((*value.cite, *value.to_read))
    return tables.to_dict(layers)


def expanded(document: Mapping[str, Any], tables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The full form of a decision in the short form, without the answers that it leaves out as not applicable.

    Args:
        document: the decision, as ``to_dict(detail="short")`` writes it.
        tables: the tables, as `Rulebook.tables` writes them; None where they are in ``document``.

    Returns:
        The decision in the full form, its texts in the languages of ``document``. A caution names under ``affects``
        those of the answers that are there.

    Raises:
        ValueError: it is no decision in the short form, or it lacks the tables.
    """
    if document.get("detail") != "short":
        raise ValueError('This is no decision in the short form, which says so: "detail": "short".')
    of_rulebook = document if tables is None else tables
    lacking = [name for name in (*TABLES, "layers") if name not in of_rulebook]
    if lacking:
        raise ValueError(f"The decision refers to tables that are not there ({', '.join(lacking)}). Give tables=.")
    return _Expanded(document, of_rulebook).form()


class _Expanded:
    """One decision in the short form on its way to the full one."""

    def __init__(self, document: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
        self._document = document
        self._tables = tables
        self._affected: dict[int, set[str]] = {}

    def form(self) -> dict[str, Any]:
        document = self._document
        outcomes = {name: self._outcome(name, entry) for name, entry in document["outcomes"].items()}
        findings = [self._finding(entry) for entry in document["findings"]]
        steps = [self._step(entry) for entry in document["next_steps"]]
        return {
            "record_id": document["record_id"],
            "on": document["on"],
            "rulebook": document["rulebook"] | {"layers": self._tables["layers"]},
            "engine": document["engine"],
            "outcomes": outcomes,
            "findings": findings,
            "next_steps": steps,
            "missing": [{"where": "", "settles": []} | fact for fact in document["missing"]],
            "notices": list(document["notices"]),
            "cautions": [
                caution
                | {"affects": sorted(self._affected.get(number, ()))}
                | {"citations": [self._citation(cite) for cite in caution.get("citations", ())]}
                for number, caution in enumerate(document["cautions"])
            ],
        }

    def _outcome(self, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        value = {"unknown": "unknown"}.get(entry["status"])
        return {"value": value, "given": False} | self._grounded(name, name, entry)

    def _finding(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        name = entry["key"].partition("@")[0]
        rule = self._tables["rules"][entry["by"][0]] if "by" in entry else self._tables["names"][name]
        own = {"requirement": name, "weight": rule["weight"], "rulebook": rule["rulebook"], "where": ""}
        return own | self._grounded(name, name, entry)

    def _step(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        name = entry["step"]
        rules = [self._tables["rules"][rule] for rule in entry["by"]]
        weight = min((rule["weight"] for rule in rules), key=WEIGHTS.index)
        key = f"step:{name}" if f"step:{name}" in self._tables["names"] else name
        return {"weight": weight, "rulebook": rules[0]["rulebook"], "where": ""} | self._grounded(key, name, entry)

    def _grounded(self, key: str, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        rules = [*entry.get("by", ()), *entry.get("asked", ())]
        cites = dict.fromkeys(cite for rule in rules for cite in self._tables["rules"][rule]["citations"])
        cautions = entry.get("cautions", ())
        for caution in cautions:
            self._affected.setdefault(caution, set()).add(name)
        grounds = {
            "by": [rule.partition("@")[0] for rule in entry.get("by", ())],
            "title": self._tables["names"][key].get("title", {}),
            "text": entry.get("text", {}),
            "citations": [self._citation(cite) for cite in cites],
            "cautions": list(dict.fromkeys(self._document["cautions"][caution]["code"] for caution in cautions)),
        }
        return {key: value for key, value in entry.items() if key != "asked"} | grounds

    def _citation(self, key: str) -> dict[str, Any]:
        cite = self._tables["citations"][key]
        source = self._tables["sources"][cite["source"]]
        return {"cite": key, "text": cite.get("text", {}), "title": source.get("title", {}), "link": source["link"]}


def cite_of(key: str) -> Cite:
    """The citation whose key is ``key``."""
    source, _, locator = key.partition(".")
    return Cite(source, locator)


class Tables:
    """The tables of one or more decisions of a rulebook, made as answers name what stands in them.

    Attributes:
        names: what is asked, by its name: its title, and of a requirement whose rule it is where none decides.
        rules: the rules, by id, and by the day from which other citations hold where there is one.
        citations: the citations, by key.
        sources: the sources, by key.
    """

    def __init__(self, book: CompiledRulebook, languages: tuple[str, ...]) -> None:
        self._book = book
        self._languages = languages
        self.names: dict[str, dict[str, Any]] = {}
        self.rules: dict[str, dict[str, Any]] = {}
        self.citations: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {}

    def _in_languages(self, texts: Mapping[str, str]) -> dict[str, str]:
        return {language: texts[language] for language in self._languages}

    def name(self, kind: str, name: str) -> str:
        """The key of the question ``name`` of a ``kind``, which is taken in with its title and whose rule it is."""
        key = self._book.name_apart(kind, name)
        if key in self.names:
            return key
        entry: dict[str, Any] = {"title": self._in_languages(label(self._book.parts, name))} if self._languages else {}
        if kind == "requirement":
            rule = self._book.rules_of(kind, name)[0][0]
            entry |= {"weight": rule.weight, "rulebook": rule.rulebook}
        self.names[key] = entry
        return key

    def rule(self, rule: Rule, day: date | None) -> str:
        """How ``rule``, judged on ``day``, is named: its id, and the day from which its citations hold, if any."""
        number = number_in_force(rule.cite, day)
        start = rule.cite[number][0] if number else None
        key = rule.id if start is None else f"{rule.id}@{start.isoformat()}"
        if key not in self.rules:
            cites = [self.cite(cite) for cite in (rule.cite[number][1] if rule.cite else ())]
            self.rules[key] = {"weight": rule.weight, "rulebook": rule.rulebook, "citations": cites}
        return key

    def cite(self, cite: Cite) -> str:
        """The key of ``cite``, which is taken in with its source."""
        key = str(cite)
        if key not in self.citations:
            shown = citation(cite, self._book.parts.sources)
            entry: dict[str, Any] = {"source": cite.source}
            source: dict[str, Any] = {"link": shown.link}
            if self._languages:
                entry["text"] = self._in_languages(shown.text)
                source["title"] = self._in_languages(shown.title)
            self.citations[key] = entry
            self.sources.setdefault(cite.source, source)
        return key

    def cite_all(self, cites: Iterable[Cite]) -> None:
        """Take in each of ``cites``."""
        for cite in cites:
            self.cite(cite)

    def to_dict(self, layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The tables, each sorted by its keys; ``layers`` are the rulebooks that the rulebook is made of."""
        tables = (self.names, self.rules, self.citations, self.sources)
        return {"layers": [dict(layer) for layer in layers]} | {
            name: dict(sorted(table.items())) for name, table in zip(TABLES, tables, strict=True)
        }
