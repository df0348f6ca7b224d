"""Which tables and columns the suite's statements read, taken from the statements themselves.

Every statement names its tables with an alias (`FROM bookings b`) and its columns with that alias (`b.status`); a test
compares what is found so with what PostgreSQL itself says that the statements depend on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bookingflow.core.patterns import pattern

WHOLE_ROW = "*"
"""Stands for a row that is taken as it is (`to_jsonb(c)`): no column is needed, all that are there are read."""

_TEXT = pattern(r"'(?:[^']|'')*'|%\(\w+\)s")
_TABLE = pattern(r"\b(?:FROM|JOIN) (?P<table>[a-z_]+) (?P<alias>[a-z]+)\b")
_COLUMN = pattern(r'\b(?P<alias>[a-z]+)\.(?:"(?P<quoted>\w+)"|(?P<plain>\w+|\*))')
_ROW = pattern(r"\bto_jsonb\((?P<alias>[a-z]+)\)")


def columns_read(statements: Iterable[str]) -> dict[str, set[str]]:
    """The columns that these statements read, by table; `WHOLE_ROW` among them where whole rows are taken."""
    found: dict[str, set[str]] = {}
    for statement in statements:
        for table, columns in _of(" ".join(_TEXT.sub("''", statement).split())).items():
            found.setdefault(table, set()).update(columns)
    return found


def _of(statement: str) -> Mapping[str, set[str]]:
    tables = {match["alias"]: match["table"] for match in _TABLE.finditer(statement)}
    found: dict[str, set[str]] = {table: set() for table in tables.values()}
    for match in _COLUMN.finditer(statement):
        if match["alias"] in tables:
            found[tables[match["alias"]]].add(match["quoted"] or match["plain"])
    for match in _ROW.finditer(statement):
        if match["alias"] in tables:
            found[tables[match["alias"]]].add(WHOLE_ROW)
    return found
