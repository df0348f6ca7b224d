"""What no scenario asks for and every guest is promised: looked at in all bookings of a run."""
