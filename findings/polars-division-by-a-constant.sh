#!/bin/sh
# polars 2.1.0: a column of floats divided by a constant is not what IEEE 754 division gives.
#
# 35.0 / 100.0 is 0.35 in Python, numpy and every language that divides as IEEE 754 says: the nearest float to the exact
# quotient. Cents become euros so. Seen:
#   - a Series, or a column in select(), divided by the constant 100.0 gives 0.35000000000000003 for 35, and is off by the
#     last digit for 263 of the whole numbers from 1 to 1999 (it multiplies by the reciprocal);
#   - the same numbers divided by a Series that holds 100.0 give what Python gives.
# So values that were divided by a constant do not equal the same values divided elsewhere, nor the literal 0.35, and a
# join, a filter or a limit on them misses rows. numpy on the same column, decimals, or a column of divisors are exact.
#
# Installs the package into a temporary folder and divides whole numbers. Exit 0: as described; 1: it behaves otherwise now.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check polars==2.1.0
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import polars as pl

cents = [float(number) for number in range(1, 2000)]
exact = [number / 100.0 for number in cents]
series = pl.Series("cents", cents)


def unlike(quotients):
    return sum(quotient != right for quotient, right in zip(quotients, exact, strict=True))


seen = {
    "35 by the constant": repr((series / 100.0)[34]),
    "unlike, a Series by the constant": unlike((series / 100.0).to_list()),
    "unlike, a column by the constant": unlike(pl.DataFrame([series]).select(pl.col("cents") / 100.0)["cents"].to_list()),
    "unlike, by a Series of divisors": unlike((series / pl.Series([100.0] * len(cents))).to_list()),
}
print(f"polars {version('polars')}")
for name, value in seen.items():
    print(f"{name}: {value}")
assert seen == {
    "35 by the constant": "0.35000000000000003",
    "unlike, a Series by the constant": 263,
    "unlike, a column by the constant": 263,
    "unlike, by a Series of divisors": 0,
}, "it behaves otherwise now"
PYTHON
