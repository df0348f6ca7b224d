"""Proves the suite's verdicts: runs it against the demo with each of its defects, and with none."""
