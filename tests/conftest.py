"""What all tests share: random tests are repeatable, and never fail because a machine is slow.

Commands that name no rulebook ask ``aava``, which has most to answer; what they ask by themselves has tests of its own.
"""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "repeatable", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("random", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
os.environ["AAVA_RULES_RULEBOOK"] = "aava"
# The rulebooks that tests hold are a great many objects; walking through them again and again took a fifth of the time.
gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="module", autouse=True)
def _what_other_modules_hold_is_not_looked_through() -> None:
    gc.freeze()
