"""What a scenario is and what it can do."""
