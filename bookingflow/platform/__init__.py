"""The system under test, seen from outside: its API, its database, its background job. Nothing here judges."""
