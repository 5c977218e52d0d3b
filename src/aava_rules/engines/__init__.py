"""Engines answer what state each formula is in; `reference` is the definition of the meaning."""
