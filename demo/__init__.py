"""The demo platform: one implementation of the booking API that the suite is proven against. A program of its own."""
