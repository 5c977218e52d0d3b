"""polars by hand: expressions over the columns of a frame."""

from __future__ import annotations

import polars as pl
from polars import col

SCOPE = col("unemployed") & (col("subsidy_entitled") | col("receives_social_assistance"))
PLAN = col("employment_plan_made")
YOUNG = PLAN & ((col("subsidy_days_last_12_months") >= 180) | col("allowance_exhausted")) | col(
    "jobseeker_interview_held"
) & (col("social_assistance_months") >= 4)
ADULT = PLAN & (
    (col("subsidy_days") >= 500)
    | (col("allowance_exhausted") & (col("subsidy_days_after_allowance") >= 180))
    | (col("social_assistance_months") >= 12)
)
IS_YOUNG = col("age") < 25
FIRST = ~col("integration_plan_entitled")
SCHEMA = {
    "unemployed": pl.Boolean,
    "subsidy_entitled": pl.Boolean,
    "receives_social_assistance": pl.Boolean,
    "employment_plan_made": pl.Boolean,
    "jobseeker_interview_held": pl.Boolean,
    "allowance_exhausted": pl.Boolean,
    "integration_plan_entitled": pl.Boolean,
    "age": pl.Int32,
    "subsidy_days_last_12_months": pl.Int32,
    "social_assistance_months": pl.Int32,
    "subsidy_days": pl.Int32,
    "subsidy_days_after_allowance": pl.Int32,
}


class Frame:
    """Every fact is known: true or false."""

    answer = (SCOPE & FIRST & pl.when(IS_YOUNG).then(YOUNG).otherwise(ADULT)).alias("target_group")

    def ready(self, facts: dict[str, int | None]) -> pl.DataFrame:
        return pl.DataFrame([facts], schema=SCHEMA)

    def one(self, case: pl.DataFrame) -> bool | None:
        return case.select(self.answer).item()

    def told(self, answer: bool | None) -> bool | None:
        return answer

    def load(self, path: str) -> pl.DataFrame:
        return pl.read_parquet(path)

    def made(self, table: pl.DataFrame) -> pl.DataFrame:
        return table

    def many(self, table: pl.DataFrame) -> pl.DataFrame:
        return table.lazy().select("id", self.answer).collect()

    def listed(self, answers: pl.DataFrame) -> list[bool | None]:
        return answers["target_group"].to_list()


class ThreeValued(Frame):
    """Facts may be null. Where the age is, the answer of both sides stands if they agree."""

    answer = (SCOPE & FIRST & ((IS_YOUNG & YOUNG) | (~IS_YOUNG & ADULT) | (YOUNG & ADULT))).alias("target_group")
