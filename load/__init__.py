"""Load: guests who arrive by the clock, on Locust (docs/load.md). A program of its own, beside the suite."""
