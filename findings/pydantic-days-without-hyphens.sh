#!/bin/sh
# pydantic 2.14.4 (pydantic-core 2.50.5): a day written without hyphens, 20140505, becomes a moment in August 1970.
#
# 20140505 is a day in the basic format of ISO 8601, as many registers export it, and since Python 3.11
# datetime.fromisoformat reads it as 5 May 2014. A field of the type datetime takes the same text, and raises nothing:
#   - "20140505" is read as that many seconds after 1 January 1970: 1970-08-22T02:35:05 UTC;
#   - so is the number 20140505, and every other day of this century comes out in the same few minutes of that month.
# A field of the type date refuses it (date_from_datetime_inexact), since the moment is no whole day; "2014-05-05" is
# read by both as what it is. Whoever reads such exports into datetime has to parse them before pydantic does.
#
# Installs the package into a temporary folder and runs it on valid days. Exit 0: as described; 1: it behaves otherwise now.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pydantic==2.14.4
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import date, datetime
from importlib.metadata import version

from pydantic import TypeAdapter, ValidationError

moments, days = TypeAdapter(datetime), TypeAdapter(date)
try:
    as_day = str(days.validate_python("20140505"))
except ValidationError as error:
    as_day = error.errors()[0]["type"]
seen = {
    "datetime of 20140505": str(moments.validate_python("20140505")),
    "datetime of 20140601": str(moments.validate_json('"20140601"')),
    "date of 20140505": as_day,
    "datetime of 2014-05-05": str(moments.validate_python("2014-05-05")),
    "Python, of 20140505": str(datetime.fromisoformat("20140505")),
}
print(f"pydantic {version('pydantic')}, pydantic-core {version('pydantic-core')}")
for name, value in seen.items():
    print(f"{name}: {value}")
assert seen == {
    "datetime of 20140505": "1970-08-22 02:35:05+00:00",
    "datetime of 20140601": "1970-08-22 02:36:41+00:00",
    "date of 20140505": "date_from_datetime_inexact",
    "datetime of 2014-05-05": "2014-05-05 00:00:00",
    "Python, of 20140505": "2014-05-05 00:00:00",
}, "it behaves otherwise now"
PYTHON
