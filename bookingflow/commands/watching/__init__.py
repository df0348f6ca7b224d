"""The parts of `bookingflow watch`: attempts, the state they amount to, and whom that is told."""
