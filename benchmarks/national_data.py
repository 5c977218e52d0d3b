"""A register as large as a country's: clients, benefits, plans, periods and events, seeded, some of it missing.

What is drawn is made up; only its sizes and proportions are meant to be those of a register in 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

ON = date(2024, 6, 3)
TABLES = ("clients", "benefits", "plans", "periods", "events")
BENEFITS_A_CLIENT = 12
REHABILITATED = 0.15
"""The share of clients who are or were in rehabilitative work."""

MUNICIPALITIES = ("Hartola", "Heinola", "Helsinki", "Kuopio", "Lahti", "Oulu", "Sysmä", "Tampere", "Turku", "Vaasa")
ENTRIES = (
    "education", "work_history", "earlier_services", "earlier_plans", "measures", "description", "place",
    "daily_duration", "weekly_duration", "start", "length", "goal", "support_and_guidance", "other_services",
    "evaluation_date", "job_search_duty", "options_timetable", "breaks", "long_term_goal", "short_term_goals",
)  # fmt: skip
OPTIONS = ("rehabilitative_work", "work_trial", "paid_work", "training", "social_service", "health_service")
TRUTHS = {
    "unemployed": (0.9, 0.97),
    "subsidy_entitled": (0.7, 0.9),
    "receives_subsidy": (0.6, 0.9),
    "receives_allowance": (0.25, 0.9),
    "receives_social_assistance": (0.4, 0.8),
    "employment_plan_made": (0.85, 0.95),
    "jobseeker_interview_held": (0.9, 0.95),
    "integration_plan_entitled": (0.08, 0.9),
    "activation_plan_made": (0.4, 0.8),
    "joint_plan_made": (0.1, 0.8),
    "joint_service_client": (0.1, 0.9),
    "needs_coordination": (0.2, 0.6),
    "consultation_enough": (0.5, 0.5),
    "capacity_limits_assessed": (0.1, 0.7),
    "employment_service_available": (0.5, 0.7),
    "full_time_student": (0.05, 0.9),
    "full_time_entrepreneur": (0.03, 0.9),
    "in_other_employment_service": (0.15, 0.9),
    "heard": (0.9, 0.8),
}
"""Ready-made facts: the share that is true, and the share that is known."""


class Register:
    """The tables of so many clients."""

    def __init__(self, clients: int, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.size = clients - clients % 2
        self.ids = np.char.add("FI", np.char.zfill(np.arange(self.size).astype(str), 7))
        self.rehabilitated = np.flatnonzero(self.random.random(self.size) < REHABILITATED)
        benefits, allowance_start = self._benefits()
        self.tables = {
            "clients": self._clients(allowance_start),
            "benefits": benefits,
            "plans": self._plans(),
            "periods": self._periods(),
            "events": self._events(),
        }

    # -- what is drawn

    def _there(self, rows: int, share: float) -> np.ndarray:
        return self.random.random(rows) < share

    def _some(self, values: Any, share: float) -> pl.Series:
        """Values of which only a share is known."""
        series = values if isinstance(values, pl.Series) else pl.Series(values)
        there = pl.Series(self._there(len(series), share))
        return pl.select(pl.when(there).then(series)).to_series()

    def _truth(self, rows: int, true: float, known: float) -> pl.Series:
        return self._some(self._there(rows, true), known)

    def _choice(self, rows: int, words: Sequence[str], shares: Sequence[float] | None = None) -> np.ndarray:
        return np.asarray(words)[self.random.choice(len(words), rows, p=shares)]

    def _words(self, rows: int, words: Sequence[str], share: float, known: float) -> pl.Series:
        """A set of words a row, each word in it by the same chance."""
        row, word = np.nonzero(self._there(rows * len(words), share).reshape(rows, len(words)))
        return self._some(_lists(row, np.asarray(words)[word], rows), known)

    def _back(self, rows: int, least: int, most: int) -> np.ndarray:
        """Days that lie so many days before the day of decision."""
        return np.datetime64(ON, "D") - self.random.integers(least, most + 1, rows).astype("timedelta64[D]")

    def _after(self, days: np.ndarray, least: int, most: int) -> np.ndarray:
        return days + self.random.integers(least, most + 1, len(days)).astype("timedelta64[D]")

    # -- tables

    def _clients(self, allowance_start: np.ndarray) -> pl.DataFrame:
        rows = self.size
        months = self.random.integers(0, 37, rows)
        columns: dict[str, Any] = {
            "id": self.ids,
            "birth_date": self._some(self._back(rows, 18 * 365, 64 * 365), 0.99),
            "municipality": self._some(self._choice(rows, MUNICIPALITIES), 0.98),
            "language": self._some(self._choice(rows, ("fi", "sv", "en"), (0.88, 0.06, 0.06)), 0.95),
            "protected": self._truth(rows, 0.01, 1.0),
            "complete": self._some(
                pl.Series([["periods.shop_steward_told_on", "periods.place_informed_on"]]).new_from_index(0, rows), 0.4
            ),
            "allowance_period_start": self._some(pl.Series(allowance_start), 0.8),
            "work_history_years": self._some(np.round(self.random.random(rows) * 30, 1), 0.8),
            "social_assistance_months": self._some(months, 0.7),
            "continuous_unemployment_months": self._some(self.random.integers(0, 121, rows), 0.8),
            "employment_hours_per_week": self._some(self.random.choice([0.0, 0.0, 0.0, 10.5, 20.0], rows), 0.6),
        }
        without = np.ones(rows, np.bool_)
        without[self.rehabilitated] = False
        # of a few it is not known whether they have been in rehabilitative work at all
        unknown = pl.Series(without & self._there(rows, 0.03))
        columns["periods_known"] = pl.select(pl.when(unknown).then(False)).to_series()
        columns |= {name: self._truth(rows, true, known) for name, (true, known) in TRUTHS.items()}
        return pl.DataFrame(columns)

    def _benefits(self) -> tuple[pl.DataFrame, np.ndarray]:
        """Stretches of some weeks, each client's one after the other up to now; and when the first allowance began."""
        spread = self.random.integers(1 - BENEFITS_A_CLIENT, BENEFITS_A_CLIENT, self.size // 2)
        counts = self.random.permutation(np.concatenate([BENEFITS_A_CLIENT + spread, BENEFITS_A_CLIENT - spread]))
        owner = np.repeat(np.arange(self.size), counts)
        rows = len(owner)
        starts = np.concatenate([[0], np.cumsum(counts)])
        # drawn backwards from the day of decision, so last things first
        weeks = self.random.integers(3, 14, rows)
        gaps = np.where(self._there(rows, 0.3), self.random.integers(1, 5, rows), 0)
        back = np.cumsum((weeks + gaps)[::-1])[::-1]
        back -= np.append(back, 0)[starts[1:]][owner]
        last = np.datetime64(ON, "D") - ((back - weeks) * 7 + 3).astype("timedelta64[D]")
        first = last - (weeks * 7 - 3).astype("timedelta64[D]")
        place = np.arange(rows) - starts[owner]
        allowances = np.where(self._there(self.size, 0.6), self.random.integers(0, BENEFITS_A_CLIENT, self.size), 0)
        assistance = self._there(rows, 0.12)
        subsidy = np.where(place < allowances[owner], "unemployment_allowance", "labour_market_subsidy")
        paid = np.where(self._there(rows, 0.75), weeks * 5, self.random.integers(0, weeks * 5 + 1))
        frame = pl.DataFrame(
            {
                "client": self.ids[owner],
                "kind": self._some(np.where(assistance, "social_assistance", subsidy), 0.999),
                "start": self._some(first, 0.999),
                "end": self._some(last, 0.995),
                "days": self._some(paid, 0.98),
                "because_of_unemployment": self._truth(rows, 0.98, 0.96),
                "main_livelihood": pl.select(
                    pl.when(pl.Series(assistance)).then(self._truth(rows, 0.6, 0.9))
                ).to_series(),
            }
        )
        began = np.where(allowances > 0, first[starts[:-1]], np.datetime64("NaT", "D"))
        return frame, began

    def _plans(self) -> pl.DataFrame:
        counts = self.random.choice([0, 1, 2], self.size, p=(0.25, 0.5, 0.25))
        owner = np.repeat(np.arange(self.size), counts)
        rows = len(owner)
        kinds = ("activation_plan", "employment_plan", "joint_plan", "client_plan")
        made = self._back(rows, 0, 800)
        return pl.DataFrame(
            {
                "client": self.ids[owner],
                "id": np.char.add("p", np.arange(rows).astype(str)),
                "kind": self._some(self._choice(rows, kinds, (0.45, 0.4, 0.1, 0.05)), 0.999),
                "made_on": self._some(made, 0.99),
                "ends_on": self._some(self._after(made, 60, 400), 0.2),
                "includes_rehabilitative_work": self._truth(rows, 0.4, 0.95),
                "situation_surveyed_on": self._some(self._after(made, -30, 1), 0.8),
                "notice_given_on": self._some(self._after(made, -30, 1), 0.7),
                "present": self._words(rows, ("client", "social_services", "employment_authority"), 0.9, 0.9),
                "signed_by": self._words(rows, ("client", "social_services", "employment_authority"), 0.95, 0.9),
                "entries": self._words(rows, ENTRIES, 0.8, 0.9),
                "job_search_exempt": self._truth(rows, 0.1, 0.8),
                "options": self._words(rows, OPTIONS, 0.4, 0.8),
                "options_decided_by": self._some(self._after(made, 7, 60), 0.5),
                "chosen_option": self._some(self._choice(rows, OPTIONS), 0.6),
                "refused_all": self._truth(rows, 0.03, 0.8),
                "consequences_told": self._truth(rows, 0.8, 0.5),
                "reviewed_on": self._days(made, 95, 1.0, 0.85),
            }
        )

    def _periods(self) -> pl.DataFrame:
        counts = self.random.integers(1, 3, len(self.rehabilitated))
        owner = np.repeat(self.rehabilitated, counts)
        rows = len(owner)
        introductory = self._there(rows, 0.1)
        start = self._back(rows, -30, 600)
        length = np.where(introductory, 14, self.random.integers(80, 400, rows)).astype("timedelta64[D]")
        week = self.random.integers(1, 6, rows)
        return pl.DataFrame(
            {
                "client": self.ids[owner],
                "id": np.char.add("w", np.arange(rows).astype(str)),
                "kind": self._some(np.where(introductory, "introductory", "rehabilitative_work"), 0.999),
                "start": self._some(start, 0.995),
                "end": self._some(start + length, 0.85),
                "days_per_week": self._some(week, 0.95),
                "hours_per_day": self._some(self.random.choice([3.5, 4.0, 4.5, 5.0, 6.0], rows), 0.95),
                "plan_made_on": self._some(self._after(start, -60, 0), 0.9),
                "place_kind": self._some(
                    self._choice(rows, ("activity_centre", "municipality", "association", "foundation")), 0.95
                ),
                "producer": self._some(
                    self._choice(rows, ("wellbeing_services_county", "municipality", "association", "company")), 0.9
                ),
                "bought_part": self._some(self._choice(rows, ("whole", "support_and_guidance")), 0.2),
                "outside_commuting_area": self._truth(rows, 0.03, 0.9),
                "client_consents": self._truth(rows, 0.9, 0.6),
                "replaces_employee": self._truth(rows, 0.02, 0.8),
                "decision_on": self._some(self._after(start, -40, 1), 0.9),
                "shop_steward_told_on": self._some(self._after(start, -30, 3), 0.6),
                "visit_on": self._some(self._after(start, -30, 1), 0.7),
                "place_informed_on": self._some(self._after(start, -30, 3), 0.6),
                "info_package_on": self._some(self._after(start, 0, 2), 0.7),
                "evaluated_on": self._days(start, 90, 1.0, 0.8),
                "attended_on": self._attended(start, length, week),
            }
        )

    def _events(self) -> pl.DataFrame:
        """The first steps of those in rehabilitative work and of some others, each step less often than the one before."""
        met = np.zeros(self.size, np.bool_)
        met[self.rehabilitated] = True
        met |= self._there(self.size, 0.2)
        owner = np.flatnonzero(met)
        day = self._back(len(owner), 100, 700)
        steps = ("client_relationship_starts", "responsible_worker_named", "first_meeting", "consideration",
                 "second_activation_plan", "plans_updated", "client_relationship_ends")  # fmt: skip
        found = []
        for number, step in enumerate(steps):
            rows = len(owner)
            found.append(
                pl.DataFrame(
                    {
                        "row": owner,
                        "number": np.full(rows, number),
                        "client": self.ids[owner],
                        "step": pl.Series([step]).new_from_index(0, rows),
                        "on": self._some(day, 0.99),
                        "origin": self._some(self._choice(rows, ("client", "authority", "social_services")), 0.9)
                        if step == "client_relationship_starts"
                        else pl.Series([None], dtype=pl.String).new_from_index(0, rows),
                        "direction": self._some(self._choice(rows, ("activation_plan", "client_plan")), 0.9)
                        if step == "first_meeting"
                        else pl.Series([None], dtype=pl.String).new_from_index(0, rows),
                    }
                )
            )
            going_on = self._there(rows, 0.8)
            owner, day = owner[going_on], self._after(day[going_on], 0, 40)
        return pl.concat(found).sort("row", "number").drop("row", "number")

    # -- lists of days

    def _days(self, start: np.ndarray, every: int, share: float, known: float) -> pl.Series:
        """A day every so often from a first one to the day of decision."""
        past = np.maximum((np.datetime64(ON, "D") - start).astype(int), 0)
        counts = (past // every * share).astype(int)
        row = np.repeat(np.arange(len(start)), counts)
        number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        late = self.random.integers(-10, 11, len(row))
        days = start[row] + (number * every + np.minimum(late, past[row] - number * every)).astype("timedelta64[D]")
        return self._some(_lists(row, days, len(start)), known)

    def _attended(self, start: np.ndarray, length: np.ndarray, week: np.ndarray) -> pl.Series:
        """So many weekdays of every week of the period, up to the day of decision."""
        end = np.minimum(start + length, np.datetime64(ON, "D"))
        counts = np.maximum((end - start).astype(int) + 1, 0)
        row = np.repeat(np.arange(len(start)), counts)
        number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        days = start[row] + number.astype("timedelta64[D]")
        there = np.is_busday(days) & (self.random.random(len(row)) < week[row] / 5 * 0.9)
        return self._some(_lists(row[there], days[there], len(start)), 0.8)

    # -- out

    def write(self, folder: Path, clients: int) -> dict[str, int]:
        """The tables of the first so many clients as Parquet; the rows of each."""
        folder.mkdir()
        last = self.ids[clients - 1]
        rows = {}
        for name, frame in self.tables.items():
            key = "id" if name == "clients" else "client"
            part = frame if clients >= self.size else frame.filter(pl.col(key) <= last)
            part.write_parquet(folder / f"{name}.parquet")
            rows[name] = part.height
        return rows

    def coverage(self) -> list[str]:
        """The share of each column that is known, a line a table."""
        lines = []
        for name, frame in self.tables.items():
            shares = [f"{column} {1 - frame[column].null_count() / frame.height:.1%}" for column in frame.columns]
            lines.append(f"{name} ({frame.height:,} rows): {', '.join(shares)}")
        return lines


def _lists(row: np.ndarray, values: np.ndarray, rows: int) -> pl.Series:
    """Values as one list a row; rows are sorted."""
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))])
    items = pl.Series(values).to_arrow()
    return pl.Series(pl.from_arrow(pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), items)))
