"""Whether the three engines say the same: of every formula and rule, outcome, finding and next step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from aava_rules import Rulebook
from aava_rules.compiler.program import Question
from aava_rules.decision.grounds import due_day
from aava_rules.engine.choice import engine
from aava_rules.engine.session import Session
from aava_rules.engine.states import State
from aava_rules.engine.table.columns import Code, Column, unpacked
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.engine.table.input.tables import load
from aava_rules.engine.table.solve.answers import STATUSES
from aava_rules.engine.table.solve.formulas import Formulas
from aava_rules.engine.table.solve.readings import FrameRows, QuestionAnswers
from aava_rules.engine.table.solve.session import BlockSession
from aava_rules.language.values import NONE, UNKNOWN, Interval
from aava_rules.record import read

COMPLETE_EVERY = 4
"""Of so many records the first has every fact that its rulebook reads, so that little is left open."""
DURABLE = engine().name == "durable"
"""Whether durable-rules is there to be compared."""
ENGINES = ("reference", "durable") if DURABLE else ("reference",)
"""The engines that decide one record, as far as they are there."""


class Tally:
    """What has been compared in this process."""

    def __init__(self) -> None:
        self.rulebooks: set[str] = set()
        self.examples = 0
        self.one_by_one = 0


def disagreements(rulebook: Rulebook, on: date, records: list[dict[str, Any]], tally: Tally) -> Iterator[str]:
    """What the engines say otherwise than the reference engine of these records on one day."""
    runs = [_run(rulebook, record, on, "reference") for record in records]
    states = [_states(run) for run in runs]
    for number, record in enumerate(records):
        if not DURABLE:
            continue  # it cannot be installed on this version of Python
        durable = _run(rulebook, record, on, "durable")
        yield from (f"durable, record {number}: {text}" for text in _unlike(states[number], _states(durable)))
        yield from (f"decided, record {number}: {text}" for text in _unlike_decisions(rulebook, record, on))
    # where every fact is known in every row, columns take another way
    for numbers in (range(0, len(records), COMPLETE_EVERY), [n for n in range(len(records)) if n % COMPLETE_EVERY]):
        block = [records[number] for number in numbers], [states[number] for number in numbers]
        if numbers:
            yield from _columnar(rulebook, on, *block, tally)
    tally.examples += len(records)


def _unlike_decisions(rulebook: Rulebook, record: dict[str, Any], on: date) -> Iterator[str]:
    """What the public way in says otherwise by one engine than by the other; the reference engine has diagrams."""
    reference, durable = (rulebook.decide(record, on, engine=name) for name in ("reference", "durable"))
    for name in reference.outcomes:
        a, b = reference.outcomes[name], durable.outcomes[name]
        if (a.status, a.value, a.possible, a.given, a.by) != (b.status, b.value, b.possible, b.given, b.by):
            yield f"outcome {name}: {a.status} {a.value} by {a.by}, not {b.status} {b.value} by {b.by}"


def _run(rulebook: Rulebook, record: dict[str, Any], on: date, name: str) -> Session:
    steps = sorted(rulebook._parts.steps)
    return Session(rulebook._book, read(record, steps=steps), on, engine(name))


def _states(run: Session) -> list[State]:
    outcomes = sorted(q.name for q in run.book.questions.values() if q.kind == "outcome")
    return [*(run.outcome(name) for name in outcomes), *run.others(None)]


def _unlike(reference: list[State], durable: list[State]) -> Iterator[str]:
    for a, b in zip(reference, durable, strict=True):
        where = f"{a.kind} {a.name} {a.list_name}[{a.position}]"
        if (a.name, a.status, a.value, a.stated) != (b.name, b.status, b.value, b.stated):
            yield f"{where}: {a.status} {a.value}, not {b.status} {b.value}"
        if a.status == "suggested" and due_day(a) != due_day(b):
            yield f"{where}: due {due_day(a)}, not {due_day(b)}"
        for first, second in zip(a.asked, b.asked, strict=True):
            for name, form in forms(first.question):
                if first.state(form) is not second.state(form) or first.surely(form) is not second.surely(form):
                    yield f"{where}: formula {name} is {first.state(form)}, not {second.state(form)}"


def forms(question: Question) -> list[tuple[str, Any]]:
    """Every formula of a question and of its rules, with what to call it."""
    entry = _FORMS.get(id(question))
    if entry is None or entry[0] is not question:
        entry = _FORMS[id(question)] = (question, list(_forms(question)))
        if len(_FORMS) > 10_000:
            _FORMS.clear()
    return entry[1]


_FORMS: dict[int, tuple[Question, list[tuple[str, Any]]]] = {}


def _forms(question: Question) -> Iterator[tuple[str, Any]]:
    yield from ((f"case {number} ({case.status})", case.form) for number, case in enumerate(question.cases))
    yield from (("member " + word, form) for word, form in question.members.items())
    yield from [("any value", question.any_value), ("conflict", question.conflict)] if question.groups else []
    yield from ((f"value {number}", group.form) for number, group in enumerate(question.groups))
    for rule in question.rules:
        yield f"{rule.bound.rule.id} holds", rule.holds
        yield f"{rule.bound.rule.id} counts", rule.active
        if rule.requires is not None:
            yield f"{rule.bound.rule.id} requires", rule.requires


def _columnar(
    rulebook: Rulebook, on: date, records: list[dict[str, Any]], states: list[list[State]], tally: Tally
) -> Iterator[str]:
    frames = tables_of(records, rulebook._book.vocabulary)
    tables = load(frames, on, rulebook._book.vocabulary)
    if len(tables.invalid):
        yield f"columnar: refuses {tables.invalid.to_dicts()}"
        return
    (block,) = tables.blocks(len(records))
    run = BlockSession(rulebook._book, block)
    outcomes = sorted(q.name for q in rulebook._book.questions.values() if q.kind == "outcome")
    answers = [*(run.outcome(name) for name in outcomes), *run.requirements_and_steps(None)]
    form_states = _FormStates()
    by_question = {(answer.kind, answer.name, answer.list_name): answer for answer in answers}
    for number, (record, record_states) in enumerate(zip(records, states, strict=True)):
        if block.overflow_mask[number]:
            tally.one_by_one += 1
            continue  # answered through its record
        for state in record_states:
            answer = by_question[state.kind, state.name, state.list_name]
            row = number if not state.list_name else int(block.items[state.list_name].starts[number]) + state.position
            for text in _unlike_row(state, answer, row, rulebook, block.words.words, form_states):
                yield f"columnar, {record['id']}: {state.kind} {state.name} {state.list_name}[{state.position}]: {text}"


def _unlike_row(
    state: State,
    answers: QuestionAnswers,
    row: int,
    rulebook: Rulebook,
    words: tuple[str, ...],
    form_states: _FormStates,
) -> Iterator[str]:
    status = STATUSES[answers.answers.status[row]]
    if status != state.status:
        yield f"{state.status} {state.value}, not {status}"
    if state.kind == "outcome":
        definition = rulebook._parts.outcomes[state.name]
        value = _value(answers.answers.value, row, sorted(definition.words), words)
        wanted = UNKNOWN if state.status in ("not_applicable", "conflict") else state.value
        if value != wanted:
            yield f"{wanted}, not {value}"
    elif state.status == "suggested" == status:
        due = _value(answers.answers.value, row, [], words)
        wanted = due_day(state)
        if (None if due is NONE else due) != wanted:
            yield f"due {wanted}, not {due}"
    if not state.stated:
        yield from _unlike_forms(state, answers, row, form_states)


class _FormStates:
    """The states of formulas on columns, each looked at once for all rows."""

    def __init__(self) -> None:
        self._states: dict[tuple[int, int], list[bool | None]] = {}
        self._rows: dict[int, dict[int, int]] = {}
        self._alive: list[Any] = []

    def state(self, formulas: Formulas, form: Any, row: int) -> bool | None:
        key = (id(formulas), id(form))
        if key not in self._states:
            self._alive.append((formulas, form))
            holds = unpacked(formulas.surely(form), formulas.rows).tolist()
            fails = unpacked(formulas.surely_not(form), formulas.rows).tolist()
            self._states[key] = [True if h else False if f else None for h, f in zip(holds, fails, strict=True)]
        return self._states[key][row]

    def place(self, read_: FrameRows, row: int) -> int | None:
        """The number that a row has in a reading; None if it is not there."""
        if read_.rows is None:
            return row
        if id(read_) not in self._rows:
            self._alive.append(read_)
            self._rows[id(read_)] = {sheet_row: at for at, sheet_row in enumerate(read_.rows.tolist())}
        return self._rows[id(read_)].get(row)


def _unlike_forms(state: State, answers: QuestionAnswers, row: int, form_states: _FormStates) -> Iterator[str]:
    frames = 0
    # where nothing reaches it in two ways, one record is read through all strata when somebody asks why it is open
    asked = {id(reading): reading for reading in (*state.asked, *state.readings)}.values()
    for read_ in answers.readings:
        at = form_states.place(read_, row)
        if at is None or (read_.replaced is not None and read_.replaced[at]):
            continue
        reading = next((candidate for candidate in asked if candidate.program is read_.formulas.program), None)
        if reading is None:
            yield "columns ask it on a day on which the record path does not"
            continue
        frames += 1
        for name, form in forms(reading.question):
            state_on_columns = form_states.state(read_.formulas, form, at)
            if state_on_columns is not reading.state(form):
                yield f"formula {name} is {reading.state(form)}, not {state_on_columns}"
    if frames != len(state.asked):
        yield f"{len(state.asked)} frames, not {frames}"


def _value(column: Column | None, row: int, members: list[str], words: tuple[str, ...]) -> Any:
    assert column is not None
    code = int(column.codes()[row])
    if code in (Code.UNKNOWN, Code.ABSENT):
        return UNKNOWN if code == Code.UNKNOWN else NONE
    if column.type == "set":
        low, high = (
            frozenset(word for bit, word in enumerate(members) if int(side[row]) >> bit & 1)
            for side in (column.low, column.high)
        )
        return low if low == high else Interval(low, high)
    if column.type in ("choice", "text"):
        return words[int(column.low[row])]
    return column.value(row)
