#!/bin/sh
# fhir.resources 8.3.0 (fhir-core 1.1.12, pydantic 2.14.4), R4B models: decimals pass through binary floats.
#
# In FHIR the precision of a decimal has a meaning: 9.30 is another value than 9.3 (R4, Data Types, decimal). The models
# hold a Decimal, so one expects that the digits stay. Seen:
#   - model_validate_json reads 9.30 as Decimal('9.3'), and 0.1234567890123456789 as Decimal('0.12345678901234568');
#   - a Decimal('9.30') that is given is held as it is, but model_dump gives the float 9.3, and model_dump_json writes 9.3.
# So a resource that is read and written again has other digits, and money or doses that were compared as text differ.
# Who needs exact digits reads with json.loads(..., parse_float=decimal.Decimal) and takes the values from the dict.
#
# Installs the packages into a temporary folder and runs them on a valid QuestionnaireResponse. Exit 0: as described;
# 1: it behaves otherwise now.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    fhir.resources==8.3.0 fhir-core==1.1.12 pydantic==2.14.4
"$folder/venv/bin/python" - <<'PYTHON'
import json
from decimal import Decimal
from importlib.metadata import version

from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

TEXT = (
    '{"resourceType": "QuestionnaireResponse", "status": "completed", "item": ['
    '{"linkId": "1", "answer": [{"valueDecimal": 9.30}]},'
    '{"linkId": "2", "answer": [{"valueDecimal": 0.1234567890123456789}]}]}'
)


def held(resource):
    return [str(item.answer[0].valueDecimal) for item in resource.item]


read = QuestionnaireResponse.model_validate_json(TEXT)
given = QuestionnaireResponse.model_validate(json.loads(TEXT, parse_float=Decimal))
dumped = given.model_dump()["item"][0]["answer"][0]["valueDecimal"]
seen = {
    "read from JSON": held(read),
    "given as Decimal": held(given),
    "dumped": f"{type(dumped).__name__} {dumped}",
    "written": '"valueDecimal":9.3}' in given.model_dump_json(),
}
print(f"fhir.resources {version('fhir.resources')}, fhir-core {version('fhir-core')}")
for name, value in seen.items():
    print(f"{name}: {value}")
assert seen == {
    "read from JSON": ["9.3", "0.12345678901234568"],
    "given as Decimal": ["9.30", "0.1234567890123456789"],
    "dumped": "float 9.3",
    "written": True,
}, "it behaves otherwise now"
PYTHON
