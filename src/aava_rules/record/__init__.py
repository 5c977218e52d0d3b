"""The record that is decided on: its format, how it is read, and what is wrong with it.

A record is what a host knows of one client. ``read`` makes an immutable ``Record`` of a mapping or of JSON, or raises
RecordError with every fault at once, each with its path and never with a value. What follows from a record is not known
here, nor what a rulebook calls its facts: ready-made facts are checked for their shape only.

``items`` declares the fields, each with its type and meaning, and is the one file to change for another field;
``fields`` lists them for the other rooms and for the JSON Schema. ``checks`` has the types of fields, ``facts`` the
ready-made facts and what is complete, ``model`` the record as a whole, ``faults`` the texts of faults, ``json_text``
the strict reader of JSON. The room imports the room ``language`` alone. To begin, read ``items`` and then ``reader``.
"""

from aava_rules.record.model import Record
from aava_rules.record.reader import read

__all__ = ["Record", "read"]
