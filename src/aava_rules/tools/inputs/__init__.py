"""The built-in adapters: JSON and JSON Lines (``json``), Parquet (``parquet``).

An adapter yields rows in the record format, good and bad, and decides nothing. It imports ``adapters``, ``record``
and, for Parquet, the table engine's reader of registers; it knows neither rulebooks nor the command line. Begin with
the protocol in ``aava_rules.adapters``.
"""
