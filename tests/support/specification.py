"""Facts about the specification as a whole."""

REGRESSIONS = range(1, 26)
"""docs/platform.md, "Regressions": 25 incidents, each with at least one scenario."""
