"""A decision as JSON text, joined of pieces that many decisions have in common.

Most of an answer is said of its rulebook: titles, citations, the rules that decide, messages that quote nothing. It
follows from what is known of the client, and not from who that is, so that it is made once for all of whom the same is
known on days that make no difference (`engine.alike`). What is left for each decision is to join it with what its
record says. The text is that of `json.dumps` of `Decision.to_dict`, byte by byte; `tests/decision/test_json_writer.py`
holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from json import JSONEncoder
from json.encoder import encode_basestring as quoted
from typing import Any, Final

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.answers import Finding, NextStep, Outcome, measure_form, outcome_form, state_of
from aava_rules.decision.cautions import Caution
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.grounds import deciding_rules, judged_day, quotes_record, rules_cited, successor_of
from aava_rules.decision.items import item_path
from aava_rules.decision.json_frames import WRITTEN_OUT, Frames, Holes
from aava_rules.decision.measures import Measure, may_measure
from aava_rules.decision.missing import Missing
from aava_rules.decision.reasons import reasons_follow, reasons_unknown
from aava_rules.decision.short import Tables, cite_of, identity_of, own_form
from aava_rules.decision.stretches import MOST_REMARKS, remarks_of, rests_on_one
from aava_rules.decision.text.values import label
from aava_rules.engine.states import State
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.texts import in_languages
from aava_rules.language.values import LANGUAGES, plain

Decided = Any
"""A `Decision`: the answers, and their context; decisions are written by this module, so that it cannot name them."""
MOST_STRINGS: Final = 20_000
"""_Pieces of JSON that a rulebook keeps; beyond that they are made anew."""


MOST_TABLES: Final = 100
"""Tables that are kept for decisions that name the same; each takes some twenty kilobytes."""


class _Pieces:
    """What is written of one answer, but for what its own record says.

    Attributes:
        before: what stands between its status and its text.
        text: its texts as JSON; None where they quote the record, and are worked out for each decision.
        after: what stands after its text; of the short form what follows are the numbers of its cautions.
        cautions: what tells its cautions apart, the most serious first.
        rules: the keys of the rules that it names, in the tables of the short form.
        measures: whether its rules hold a number against a limit, so that it may measure something.
        own: what stands first in it, but for its item; empty where that has to be asked each time.
        whole: of the short form, all that stands after ``own``, once it is known to be the same for all of these.
    """

    __slots__ = ("after", "before", "cautions", "measures", "own", "rules", "text", "whole")

    def __init__(
        self, before: str, text: str | None, after: str, cautions: tuple[Any, ...], rules: tuple[str, ...],
        measures: bool,
    ) -> None:  # fmt: skip
        self.before, self.text, self.after, self.cautions, self.rules = before, text, after, cautions, rules
        self.measures = measures
        self.own = self.whole = ""


class _JsonWriter:
    """Writes decisions of one rulebook in one form, for one audience; it keeps the pieces.

    The full form is written by ``_FullWriter``, the short one by ``_ShortWriter``.
    """

    def __init__(
        self, book: CompiledRulebook, audience: str, languages: tuple[str, ...], separators: tuple[str, str]
    ) -> None:
        self.book = book
        self.languages = languages
        self.parts = book.parts if audience == "worker" else book.client_parts
        self.between, self.after_key = separators
        self.encode = JSONEncoder(ensure_ascii=False, separators=separators).encode
        self._strings: dict[Any, str] = {}
        self._frames = Frames()

    def write(self, decision: Decided, *choices: bool) -> str:
        """The JSON of a decision, in the form that ``choices`` are of."""
        frame = self._frames.of(decision, choices, self._text)
        return self._text(decision, WRITTEN_OUT, *choices) if frame is None else frame.filled(decision)

    def _text(self, decision: Decided, holes: Holes, *choices: bool) -> str:
        """The JSON of a decision; ``holes`` stand in it for what its own record says."""
        raise NotImplementedError

    # -- pieces

    def piece(self, key: Any, make: Callable[[], str]) -> str:
        """The piece that is made by ``make``, made once for its ``key``."""
        text = self._strings.get(key)
        if text is None:
            if len(self._strings) >= MOST_STRINGS:
                self._strings.clear()
            text = self._strings[key] = make()
        return text

    def pieces(self, answer: Outcome | Finding | NextStep, state: State, context: DecisionContext) -> _Pieces:
        """The pieces of an answer, made once for all of whom the same is known on days that make no difference."""
        reading = state.shared
        key: tuple[Any, ...]
        if reading is not None:
            key = self, reading.question
        elif rests_on_one(state) and not (state.status == "unknown" and not may_be_kept(state, context)):
            # what its text says follows from the value, and that from the record
            reading = state.readings[0]
            about = tuple([caution.about for caution in answer.cautions])
            key = self, reading.question, state.status, state.value, deciding_rules(state), about
        else:
            return self.anew(answer, state, context)
        remarks = remarks_of(state, reading, context)
        pieces: _Pieces | None = remarks.get(key)
        if pieces is None:
            pieces = self.anew(answer, state, context)
            if state.shared is not None or len(remarks) < MOST_REMARKS:
                remarks[key] = pieces
        return pieces

    def anew(self, answer: Outcome | Finding | NextStep, state: State, context: DecisionContext) -> _Pieces:
        """The pieces of an answer, made anew."""
        raise NotImplementedError

    def fixed_text(self, answer: Outcome | Finding | NextStep, state: State, context: DecisionContext) -> str | None:
        """The texts of an answer as JSON, if they quote nothing of the record."""
        if quotes_record(state, context) or (isinstance(answer, Outcome) and answer.last_known is not None):
            return None
        return self.text_of(answer)

    def text_of(self, answer: Outcome | Finding | NextStep) -> str:
        """The texts of an answer as JSON."""
        texts = tuple([answer.message(language) for language in self.languages])
        return self.piece(("text", *texts), lambda: self.encode(dict(zip(self.languages, texts, strict=True))))

    def in_languages(self, texts: Mapping[str, str]) -> str:
        """A text in the languages of the form, as JSON."""
        return self.encode({language: texts[language] for language in self.languages})

    def encode_texts(self, value: Any) -> str:
        """Plain values as JSON, each text among them in the languages of the form."""
        return self.encode(value if len(self.languages) == len(LANGUAGES) else in_languages(value, self.languages))

    def caution_key(self, caution: Caution) -> tuple[Any, ...]:
        """What the words and citations of a caution follow from."""
        subject = caution.until or caution.subject
        return "caution", caution.code, subject, tuple([cite.cite for cite in caution.citations])


def may_be_kept(state: State, context: DecisionContext) -> bool:
    """Whether all that the outcome ``state`` says itself are its reasons, and the words that it may have.

    Where law was not verified, it says besides what is expected to hold and what the law read last gives. ``context``
    has the record, day and rulebook.
    """
    if state.status != "unknown" or "law_not_verified" in reasons_unknown(state, context):
        return False
    # the law of some judged day may be unread although facts are why it is unknown
    return successor_of(state, context) is None


class _Places:
    """The keys and paths of the items of one record, as JSON."""

    def __init__(self, context: DecisionContext) -> None:
        self._context = context
        self._paths: dict[tuple[str, int], str] = {}
        self._field_of = context.inquiry.book.field_of

    def where(self, state: State) -> str:
        """The path of what ``state`` is about, as `DecisionContext.where` gives it."""
        if state.item is None:
            return ""
        place = state.list_name, state.position
        path = self._paths.get(place)
        if path is None:
            path = self._paths[place] = item_path(state.list_name, state.item, state.position)
        field = self._field_of(state.kind, state.name)
        return f"{path}.{field}" if field else path


class _FullWriter(_JsonWriter):
    """The full form: all of it, in three languages or in one."""

    def _text(self, decision: Decided, holes: Holes, *choices: bool) -> str:
        """The JSON of a decision; ``holes`` stand in it for what its own record says."""
        context = decision._context
        places = _Places(context)
        outcomes = decision.outcomes
        identity = context.inquiry.identity
        about = self.piece(
            ("about", identity["engine"]), lambda: f'"rulebook": {self.encode(decision.rulebook)}, "engine": '
        )
        return "".join(
            [
                '{"record_id": ', holes.record_id(decision), ', "on": "', decision.on.isoformat(), '", ', about,
                quoted(decision.engine), ', "outcomes": {',
                ", ".join(
                    [f"{quoted(name)}: {self._outcome(outcomes[name], context, holes)}" for name in sorted(outcomes)]
                ),
                '}, "findings": [',
                ", ".join([self._finding(finding, context, places) for finding in decision.findings]),
                '], "next_steps": [',
                ", ".join([self._step(step, context, places) for step in decision.next_steps]),
                '], "missing": [',
                holes.missing(decision, self._all_missing),
                '], "notices": ', holes.part(decision, self._notices),
                ', "cautions": [', ", ".join([self._caution(caution) for caution in decision.cautions]), "]}",
            ]
        )  # fmt: skip

    def _all_missing(self, decision: Decided) -> str:
        return ", ".join([self._missing(fact) for fact in decision.missing])

    def _notices(self, decision: Decided) -> str:
        notices = decision.notices
        return self.encode_texts([notice.to_dict() for notice in notices]) if notices else "[]"

    def _outcome(self, outcome: Outcome, context: DecisionContext, holes: Holes) -> str:
        state = state_of(outcome)
        pieces = self.pieces(outcome, state, context)
        text = pieces.text
        if not pieces.own and may_be_kept(state, context):
            if text is None:
                text = holes.text(outcome, self)
            key = ("own", outcome.reasons, outcome.possible, state.stated)
            before = f"{self.piece(key, lambda: self.encode_texts(outcome_form(outcome))[:-1])}, {pieces.before}"
        elif not pieces.own:
            head = outcome_form(outcome) | measure_form(outcome)
            if text is None or "last_known" in head:
                text = holes.text(outcome, self)
            before = f"{self.encode_texts(head)[:-1]}, {pieces.before}"
        else:
            measure = holes.measure(outcome, self._measure) if pieces.measures else ""
            before = pieces.before.replace("\0", measure)
            text = text or holes.text(outcome, self)
        return before + text + pieces.after

    def _measure(self, measure: Measure | None) -> str:
        return "" if measure is None else f"{self.encode(measure.to_dict())[1:-1]}, "

    def _finding(self, finding: Finding, context: DecisionContext, places: _Places) -> str:
        state = state_of(finding)
        pieces = self.pieces(finding, state, context)
        middle = ""
        if state.status == "unknown":
            middle = f'"reasons": {self.encode(list(finding.reasons))}, '
        if pieces.measures:
            middle += self._measure(finding.measure)
        own, _, by = pieces.before.partition("\0")
        return "".join(
            [
                '{"key": ', quoted(finding.key), own, quoted(places.where(state)), ", ", middle, by,
                pieces.text or self.text_of(finding), pieces.after,
            ]
        )  # fmt: skip

    def _step(self, step: NextStep, context: DecisionContext, places: _Places) -> str:
        state = state_of(step)
        pieces = self.pieces(step, state, context)
        due = step.due
        head = {"step": step.step, "due": plain(due), "overdue": step.overdue, "weight": step.weight}
        head |= {"rulebook": step.rulebook, "where": places.where(state)}
        return f"{self.encode(head)[:-1]}, {pieces.before}{pieces.text or self.text_of(step)}{pieces.after}"

    def _missing(self, fact: Missing) -> str:
        titles = self.piece(("title", fact.fact), lambda: f', "text": {self.encode_texts(dict(fact.titles))}}}')
        return "".join(
            [
                '{"fact": ', quoted(fact.fact), ', "where": ', quoted(fact.where), ', "fields": ', _texts(fact.fields),
                ', "settles": ', _texts(fact.settles), ', "affects": ', _texts(fact.affects), titles,
            ]
        )  # fmt: skip

    def _caution(self, caution: Caution) -> str:
        key = self.caution_key(caution)
        head = self.piece(
            ("head", *key),
            lambda: f'{{"code": {quoted(caution.code)}, "text": {self.encode_texts(dict(caution.texts))}',
        )
        tail = self.piece(
            key, lambda: f'"citations": {self.encode_texts([cite.to_dict() for cite in caution.citations])}}}'
        )
        return f'{head}, "affects": {_texts(caution.affects)}, {tail}'

    def anew(self, answer: Outcome | Finding | NextStep, state: State, context: DecisionContext) -> _Pieces:
        """The pieces of an answer, made anew."""
        by, citations, cautions = answer.by, answer.citations, answer.cautions
        title = partial(label, self.parts, state.name)
        before = self.piece(
            ("by", by, state.name),
            lambda: f'"by": {self.encode(list(by))}, "title": {self.encode_texts(dict(title()))}, "text": ',
        )
        codes = tuple(dict.fromkeys([caution.code for caution in cautions]))
        cites = tuple([cite.cite for cite in citations])
        after = self.piece(
            ("after", cites, codes),
            lambda: (
                f', "citations": {self.encode_texts([cite.to_dict() for cite in citations])}, "cautions": '
                f"{self.encode(list(codes))}}}"
            ),
        )
        if isinstance(answer, Finding):
            own = f', "requirement": {quoted(state.name)}, "status": {quoted(state.status)}'
            own += f', "weight": {quoted(answer.weight)}, "rulebook": {quoted(answer.rulebook)}, "where": '
            before = self.piece((own, before), lambda: f"{own}\0{before}")
        own = ""
        if isinstance(answer, Outcome) and reasons_follow(state, context):
            own = self.encode_texts(outcome_form(answer))[:-1]
            before = self.piece((own, before), lambda: f"{own}, \0{before}")
        text = self.fixed_text(answer, state, context)
        pieces = _Pieces(before, text, after, (), (), may_measure(state, context))
        pieces.own = own
        return pieces


def _texts(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


class _ShortWriter(_JsonWriter):
    """The short form, in some languages or none, with or without its tables."""

    def _text(self, decision: Decided, holes: Holes, *choices: bool) -> str:
        """The JSON of a decision.

        Args:
            decision: the decision.
            holes: what stands in it for what its own record says.
            choices: whether what does not apply is told as fully as all else, not by its name alone, and whether the
                tables are in it.
        """
        not_applicable, tables = choices
        return _ShortText(self, decision, holes, not_applicable, tables).text()

    def anew(self, answer: Outcome | Finding | NextStep, state: State, context: DecisionContext) -> _Pieces:
        """The pieces of an answer, made anew."""
        tables = self._tables
        rules = tuple([tables.rule(forms.bound.rule, judged_day(state, forms)) for forms in rules_cited(state)])
        before = ""
        if rules:
            before = f'"{"by" if deciding_rules(state) else "asked"}"{self.after_key}{self.encode(rules)}'
        own = ""
        if not isinstance(answer, NextStep) and reasons_follow(state, context):
            own = self._own(answer)
        text = self.fixed_text(answer, state, context) if self.languages else ""
        cautions = tuple([caution.about for caution in answer.cautions])
        before = self.piece(before, lambda: before)
        pieces = _Pieces(before, text, "", cautions, rules, may_measure(state, context))
        pieces.own = self.piece(own, lambda: own)
        return pieces

    def _own(self, answer: Outcome | Finding) -> str:
        """What stands first in an answer; of a finding what stands after its key, with a mark for its place."""
        if isinstance(answer, Outcome):
            return self.encode(own_form(answer, self.languages))[:-1]
        s, k = self.between, self.after_key
        reasons = f'{s}"reasons"{k}{self.encode(list(answer.reasons))}' if answer.reasons else ""
        return f'{s}"status"{k}"{answer.status}"\0{reasons}'

    @cached_property_unlocked
    def _tables(self) -> Tables:
        """The tables, with what decisions have named so far, which is no more than the rulebook has."""
        return Tables(self.book, self.languages)

    def tables(self, names: set[tuple[str, str]], rules: set[str], cites: set[str], layers: str) -> str:
        """The tables of one decision, as JSON.

        Args:
            names: the kinds and names of its answers.
            rules: the keys of the rules that it names.
            cites: the keys of the citations that it names itself.
            layers: the rulebooks that its rulebook is made of, as JSON.
        """
        key = frozenset(names), frozenset(rules), frozenset(cites)
        text = self._of_sets.get(key)
        if text is None:
            if len(self._of_sets) >= MOST_TABLES:
                self._of_sets.clear()
            text = self._of_sets[key] = self._tables_of(names, rules, cites, layers)
        return text

    @cached_property_unlocked
    def _of_sets(self) -> dict[tuple[frozenset[Any], ...], str]:
        """The tables of decisions that name the same answers, rules and citations, as JSON."""
        return {}

    def _tables_of(self, names: set[tuple[str, str]], rules: set[str], cites: set[str], layers: str) -> str:
        tables = self._tables
        of_names = {tables.name(kind, name) for kind, name in names}
        cites = cites.union(*(tables.rules[rule]["citations"] for rule in rules))
        sources = {tables.citations[cite]["source"] for cite in cites}
        s, k = self.between, self.after_key
        parts = [f'"layers"{k}{layers}']
        for table, entries, keys in (
            ("names", tables.names, of_names), ("rules", tables.rules, rules),
            ("citations", tables.citations, cites), ("sources", tables.sources, sources),
        ):  # fmt: skip
            texts = [self._row(table, key, entries[key]) for key in sorted(keys)]
            parts.append(f'"{table}"{k}{{{s.join(texts)}}}')
        return s.join(parts)

    def _row(self, table: str, key: str, entry: Mapping[str, Any]) -> str:
        return self.piece((table, key), lambda: f"{quoted(key)}{self.after_key}{self.encode(entry)}")

    def all_missing(self, decision: Decided) -> str:
        """What to ask, as JSON without the brackets around it."""
        return self.between.join([self._missing(fact) for fact in decision.missing])

    def _missing(self, fact: Missing) -> str:
        s, k = self.between, self.after_key
        text = f'{{"fact"{k}{quoted(fact.fact)}'
        if fact.where:
            text += f'{s}"where"{k}{quoted(fact.where)}'
        text += f'{s}"fields"{k}[{s.join(map(quoted, fact.fields))}]'
        if fact.settles:
            text += f'{s}"settles"{k}[{s.join(map(quoted, fact.settles))}]'
        text += f'{s}"affects"{k}[{s.join(map(quoted, fact.affects))}]'
        if self.languages:
            text += self.piece(("title", fact.fact), lambda: f'{s}"text"{k}{self.in_languages(fact.titles)}')
        return text + "}"

    def notices(self, decision: Decided) -> str:
        """What does not fit together, as JSON without the brackets around it."""
        return self.between.join(
            [
                self.worded({"code": notice.code, "fields": list(notice.fields)}, notice.texts)
                for notice in decision.notices
            ]
        )

    def measure(self, measure: Measure | None) -> str:
        """What an answer measures, as JSON within its answer."""
        return "" if measure is None else f"{self.between}{self.encode(measure.to_dict())[1:-1]}"

    def worded(self, entry: dict[str, Any], texts: Mapping[str, str]) -> str:
        """The JSON of ``entry`` with ``texts`` in the languages of the form."""
        if self.languages:
            entry["text"] = {language: texts[language] for language in self.languages}
        return self.encode(entry)

    def name_cites(self, caution: Caution) -> tuple[str, ...]:
        """The keys of the citations of a caution, which stand in the tables from then on."""
        return tuple([self._tables.cite(cite_of(cite.cite)) for cite in caution.citations])


class _ShortText:
    """One decision on its way to the text of its short form."""

    def __init__(
        self, writer: _ShortWriter, decision: Decided, holes: Holes, not_applicable: bool, tables: bool
    ) -> None:  # fmt: skip
        self._writer = writer
        self._tables = tables
        self._decision = decision
        self._context: DecisionContext = decision._context
        self._holes = holes
        self._all = not_applicable
        self._encode = writer.encode
        self._left_out: list[str] = []
        self._cautions = {caution.about: str(number) for number, caution in enumerate(decision.cautions)}
        self._names: set[tuple[str, str]] = set()
        self._rules: set[str] = set()
        self._cites: set[str] = set()
        self._places = _Places(self._context)

    def text(self) -> str:
        """The text of the decision."""
        decision, writer, encode, holes = self._decision, self._writer, self._encode, self._holes
        s, k = writer.between, writer.after_key
        identity = self._context.inquiry.identity
        rulebook = identity["rulebook"]
        about = writer.piece(
            ("about", identity["engine"]),
            lambda: (
                f'"{s}"detail"{k}"short"{s}"rulebook"{k}{encode(identity_of(rulebook))}'
                f'{s}"engine"{k}{encode(identity["engine"])}'
            ),
        )
        outcomes = s.join(self._outcomes())
        findings = s.join(self._findings())
        steps = s.join([self._step(step) for step in decision.next_steps])
        missing = holes.missing(decision, writer.all_missing)
        cautions = s.join([self._caution(caution) for caution in decision.cautions])
        ends = ""
        if self._tables:
            layers = writer.piece(("layers",), lambda: encode([dict(layer) for layer in rulebook["layers"]]))
            ends = f"{s}{writer.tables(self._names, self._rules, self._cites, layers)}"
        return (
            f'{{"record_id"{k}{holes.record_id(decision)}{s}"on"{k}"{decision.on.isoformat()}{about}{s}"outcomes"{k}'
            f'{{{outcomes}}}{s}"findings"{k}[{findings}]{s}"next_steps"{k}[{steps}]{s}"not_applicable"{k}'
            f'{encode(self._left_out)}{s}"missing"{k}[{missing}]{s}"notices"{k}[{holes.part(decision, writer.notices)}]'
            f'{s}"cautions"{k}[{cautions}]{ends}}}'
        )

    def _outcomes(self) -> Iterable[str]:
        decision, writer = self._decision, self._writer
        outcomes = decision.outcomes
        for name in sorted(outcomes):
            outcome = outcomes[name]
            if not self._all and outcome.status == "not_applicable":
                self._left_out.append(name)
                continue
            state = state_of(outcome)
            pieces = writer.pieces(outcome, state, self._context)
            text, head = pieces.text, pieces.own
            if not head and may_be_kept(state, self._context):
                key = "own", outcome.reasons, outcome.possible, state.stated
                head = writer.piece(key, partial(self._head, outcome))
            elif not head:
                form = own_form(outcome, writer.languages)
                if "last_known" in form:
                    text = None
                head = self._encode(form)[:-1]
            yield f"{quoted(name)}{writer.after_key}{head}{self._grounded(outcome, state, pieces, text)}"

    def _head(self, outcome: Outcome) -> str:
        """What an outcome says itself, as JSON without the bracket that closes it."""
        return self._encode(own_form(outcome, self._writer.languages))[:-1]

    def _findings(self) -> Iterable[str]:
        decision, writer = self._decision, self._writer
        s, k = writer.between, writer.after_key
        leaves_out = not self._all
        for finding in decision.findings:
            state = state_of(finding)
            if leaves_out and state.status == "not_applicable":
                self._left_out.append(finding.key)
                continue
            where = self._places.where(state)
            if where:
                where = f'{s}"where"{k}{quoted(where)}'
            pieces = writer.pieces(finding, state, self._context)
            if pieces.own:
                status, _, reasons = pieces.own.partition("\0")
            else:
                status, reasons = f'{s}"status"{k}"{state.status}"', ""
                if state.status == "unknown":
                    reasons = f'{s}"reasons"{k}{self._encode(list(finding.reasons))}'
            grounds = self._grounded(finding, state, pieces, pieces.text)
            yield f'{{"key"{k}{quoted(finding.key)}{status}{where}{reasons}{grounds}'

    def _step(self, step: NextStep) -> str:
        state = state_of(step)
        entry: dict[str, Any] = {"step": step.step, "due": plain(step.due), "overdue": step.overdue}
        if where := self._places.where(state):
            entry["where"] = where
        pieces = self._writer.pieces(step, state, self._context)
        return self._encode(entry)[:-1] + self._grounded(step, state, pieces, pieces.text)

    def _caution(self, caution: Caution) -> str:
        writer = self._writer
        cites = writer.name_cites(caution)
        self._cites.update(cites)

        def worded() -> str:
            entry: dict[str, Any] = {"code": caution.code}
            if cites:
                entry["citations"] = cites
            return writer.worded(entry, caution.texts)

        return writer.piece(writer.caution_key(caution), worded)

    def _grounded(
        self, answer: Outcome | Finding | NextStep, state: State, pieces: _Pieces, text: str | None
    ) -> str:  # fmt: skip
        """What stands after the head of an answer: what it measures, its rules, texts and cautions."""
        if self._tables:
            self._names.add((state.kind, state.name))
            self._rules.update(pieces.rules)
        if pieces.whole and text == pieces.text:
            return pieces.whole
        s, k = self._writer.between, self._writer.after_key
        measures = pieces.measures and not isinstance(answer, NextStep)
        grounds = self._holes.measure(answer, self._writer.measure) if measures else ""  # type: ignore[arg-type]
        if pieces.before:
            grounds += s + pieces.before
        if self._writer.languages:
            grounds += f'{s}"text"{k}{text or self._holes.text(answer, self._writer)}'
        if pieces.cautions:
            grounds += f'{s}"cautions"{k}[{s.join([self._cautions[about] for about in pieces.cautions])}]'
        grounds += "}"
        if text is not None and not measures and not pieces.cautions:
            pieces.whole = grounds
        return grounds


def json_of(
    decision: Decided, detail: str, languages: tuple[str, ...], not_applicable: bool = False, tables: bool = True,
    spaced: bool = False,
) -> str:  # fmt: skip
    """The JSON text of a decision, on one line.

    Args:
        decision: the decision.
        detail: ``full`` or ``short``.
        languages: the languages of texts; of the full form all of them or some.
        not_applicable: of the short form, whether what does not apply is told as all else.
        tables: of the short form, whether the tables are in it.
        spaced: of the short form, whether spaces stand between its parts, as they always do in the full form.
    """
    book = decision._context.inquiry.book
    key = f"json {detail} {decision.audience} {' '.join(languages)} {spaced}"
    writer: Any = book.compiled.get(key)
    if writer is None:
        kind: type[_JsonWriter] = _FullWriter if detail == "full" else _ShortWriter
        separators = (", ", ": ") if detail == "full" or spaced else (",", ":")
        writer = book.compiled.setdefault(key, kind(book, decision.audience, languages, separators))
    text: str = writer.write(decision) if detail == "full" else writer.write(decision, not_applicable, tables)
    return text
