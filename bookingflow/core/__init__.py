"""What knows nothing of bookings: errors, settings, time, the sanitizer, events."""
