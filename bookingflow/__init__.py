"""Everything that thinks in the acceptance suite: submit, watch, judge and explain a booking."""
