#!/bin/sh
# durable-rules 2.0.28: a text is greater than every number, so a limit is exceeded by "50" as it is by 500.
#
# A rule when_all(m.amount > 100) is asked of facts whose amount came as text, as it does from CSV and from many JSON
# exports. Python refuses such a comparison; one expects that the rule does not hold, or an error. Seen:
#   - 50 does not match, 500 does;
#   - "50" matches, and so does "abc": the rule fires, and nothing tells that a text was compared with a number.
# Whoever posts facts to it makes sure of their types before.
#
# Installs the package into a temporary folder; that needs a C compiler, and Python 3.11 or 3.12. Exit 0: as described;
# 1: it behaves otherwise now.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check durable-rules==2.0.28
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from durable.engine import MessageNotHandledException
from durable.lang import m, post, ruleset, when_all

fired = []
with ruleset("limits"):

    @when_all(m.amount > 100)
    def exceeded(context):
        fired.append(context.m.amount)


for amount in (50, 500, "50", "abc"):
    try:
        post("limits", {"amount": amount})
    except MessageNotHandledException:
        pass  # no rule holds
print(f"durable-rules {version('durable-rules')}")
print(f"more than 100, it says, are: {fired}")
assert fired == [500, "50", "abc"], "it behaves otherwise now"
PYTHON
