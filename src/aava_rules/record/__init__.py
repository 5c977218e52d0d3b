"""The record that is decided on: its format, how it is read, and what is wrong with it."""

from aava_rules.record.model import Record, read

__all__ = ["Record", "read"]
