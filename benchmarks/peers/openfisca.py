"""OpenFisca: variables of a client, a dated parameter tree, and one vectorial formula."""

from __future__ import annotations

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

MONTH = "2014-05"
BOOLEANS = (
    "unemployed",
    "subsidy_entitled",
    "receives_social_assistance",
    "employment_plan_made",
    "jobseeker_interview_held",
    "allowance_exhausted",
    "integration_plan_entitled",
)
NUMBERS = (
    "age",
    "subsidy_days_last_12_months",
    "social_assistance_months",
    "subsidy_days",
    "subsidy_days_after_allowance",
)
LIMITS = {
    "young_age_limit": 25,
    "subsidy_days_last_12_months_min": 180,
    "social_assistance_months_young": 4,
    "subsidy_days_min": 500,
    "subsidy_days_after_allowance_min": 180,
    "social_assistance_months_adult": 12,
}

CLIENT = build_entity(key="client", plural="clients", label="Client", is_person=True)


class target_group(Variable):  # OpenFisca names a variable by its class
    value_type = bool
    entity = CLIENT
    definition_period = DateUnit.MONTH
    label = "Belongs to the target group of rehabilitative work"

    def formula_2001_09(client, period, parameters):
        limits = parameters(period)
        entitled = client("subsidy_entitled", period) + client("receives_social_assistance", period)
        scope = client("unemployed", period) * entitled
        plan = client("employment_plan_made", period)
        exhausted = client("allowance_exhausted", period)
        months = client("social_assistance_months", period)
        recent = client("subsidy_days_last_12_months", period) >= limits.subsidy_days_last_12_months_min
        assisted = client("jobseeker_interview_held", period) * (months >= limits.social_assistance_months_young)
        young = plan * (recent + exhausted) + assisted
        after = client("subsidy_days_after_allowance", period) >= limits.subsidy_days_after_allowance_min
        days = client("subsidy_days", period) >= limits.subsidy_days_min
        adult = plan * (days + exhausted * after + (months >= limits.social_assistance_months_adult))
        grounds = np.where(client("age", period) < limits.young_age_limit, young, adult)
        return scope * grounds * np.logical_not(client("integration_plan_entitled", period))


def system() -> TaxBenefitSystem:
    """The variables and parameters."""
    made = TaxBenefitSystem([CLIENT])
    for name in (*BOOLEANS, *NUMBERS):
        fields = {"value_type": bool if name in BOOLEANS else int, "entity": CLIENT, "label": name}
        made.add_variable(type(name, (Variable,), fields | {"definition_period": DateUnit.MONTH}))
    made.add_variable(target_group)
    made.parameters = ParameterNode(
        "", data={name: {"values": {"2001-09-01": {"value": value}}} for name, value in LIMITS.items()}
    )
    return made


class Simulation:
    """A simulation of as many clients as there are, made anew for every question, with its inputs as arrays."""

    def __init__(self) -> None:
        self.system = system()

    def ready(self, facts: dict[str, int]) -> dict[str, np.ndarray]:
        kinds = dict.fromkeys(BOOLEANS, np.bool_) | dict.fromkeys(NUMBERS, np.int32)
        return {name: np.array([facts[name]], dtype=kind) for name, kind in kinds.items()}

    def one(self, case: dict[str, np.ndarray]) -> np.ndarray:
        return self.many(case)

    def told(self, answer: np.ndarray) -> bool:
        return bool(answer[0])

    def load(self, path: str) -> dict[str, np.ndarray]:
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        kinds = dict.fromkeys(BOOLEANS, np.bool_) | dict.fromkeys(NUMBERS, np.int32)
        return {name: table[name].to_numpy().astype(kind) for name, kind in kinds.items()}

    def made(self, table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return table

    def many(self, table: dict[str, np.ndarray]) -> np.ndarray:
        simulation = SimulationBuilder().build_default_simulation(self.system, count=len(table["age"]))
        for name, values in table.items():
            simulation.set_input(name, MONTH, values)
        return simulation.calculate("target_group", MONTH)

    def listed(self, answers: np.ndarray) -> list[bool]:
        return answers.tolist()


class Situation(Simulation):
    """The same through a test case, the dict of entities that its documentation and web interface use."""

    def ready(self, facts: dict[str, int]) -> dict[str, object]:
        return {"clients": {"client": {name: {MONTH: value} for name, value in facts.items()}}}

    def one(self, case: dict[str, object]) -> np.ndarray:
        simulation = SimulationBuilder().build_from_entities(self.system, case)
        return simulation.calculate("target_group", MONTH)
