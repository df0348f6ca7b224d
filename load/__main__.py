"""`python -m load`, `make load`: guests who arrive by the clock, on Locust (docs/load.md)."""

from __future__ import annotations

import importlib
import importlib.util
import sys

from bookingflow.core.standard_streams import open_closed

NO_LOCUST = (
    "Locust is not installed, and it is what the load runs on. `make load` installs what is pinned; or do "
    "`python -m pip install -r requirements-load.txt` in the suite's environment."
)


def main() -> int:
    """Let gevent take over whatever waits, before anything that waits is imported; then carry the load out."""
    open_closed()
    if importlib.util.find_spec("locust") is None:
        print(NO_LOCUST, file=sys.stderr)
        return 2
    importlib.import_module("gevent.monkey").patch_all()
    hub = importlib.import_module("gevent").get_hub()
    hub.NOT_ERROR = (*hub.NOT_ERROR, KeyboardInterrupt)  # of which gevent would print a trace
    importlib.import_module("bookingflow.core.time_zones").use_pinned_data()
    options = importlib.import_module("load.options").read(sys.argv[1:])
    sys.argv[1:] = []  # Locust's page reads it for options of its own
    return int(importlib.import_module("load.run").main(options))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # while it loads: what runs ends in order
        print("Interrupted.", file=sys.stderr)
        sys.exit(4)
