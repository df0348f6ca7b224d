"""Prints the table for docs/faults.md."""

from tests.faults.cells import table

print(table())
