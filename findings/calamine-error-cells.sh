#!/bin/sh
# python-calamine 0.9.1: a cell that shows an error of the spreadsheet reads as an empty cell.
#
# A formula that divides by zero leaves #DIV/0! in its cell, and a look-up that finds nothing #N/A: Excel shows both in
# red letters, and a program that reads the workbook should be able to tell such a cell from one that nobody filled in.
# to_python() gives "" for each of them, as it does for an empty cell.
# So a mistake in a workbook is read as "nothing is known". Who has to tell looks into the sheet's XML, where the cell
# is of the type t="e".
#
# Installs the package into a temporary folder, writes a workbook with xlsxwriter 3.3.1 and reads it. Exit 0: as
# described; 1: it behaves otherwise now.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check python-calamine==0.9.1 xlsxwriter==3.3.1
"$folder/venv/bin/python" - "$folder/book.xlsx" <<'PYTHON'
import sys
import zipfile
from importlib.metadata import version

import xlsxwriter
from python_calamine import CalamineWorkbook

path = sys.argv[1]
book = xlsxwriter.Workbook(path)
sheet = book.add_worksheet("days")
sheet.write_row(0, 0, ["divided", "looked up", "empty", "zero", "text"])
sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
sheet.write_formula(1, 1, "=NA()", None, "#N/A")
sheet.write_number(1, 3, 0)
sheet.write_string(1, 4, "#N/A")
book.close()
row = CalamineWorkbook.from_path(path).get_sheet_by_name("days").to_python()[1]
with zipfile.ZipFile(path) as packed:
    errors = packed.read("xl/worksheets/sheet1.xml").count(b't="e"')
print(f"python-calamine {version('python-calamine')}")
print(f"the row: {row}; cells of the type error in the file: {errors}")
assert row == ["", "", "", 0.0, "#N/A"] and errors == 2, "it behaves otherwise now"
PYTHON
