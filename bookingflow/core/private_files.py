"""Files that only the user who ran the suite reads, and that are never written through a link.

What the suite finds is masked, but it is nobody else's; and a link in a folder that others can write to may lead to a
file of the user's own.
"""

from __future__ import annotations

import os

PRIVATE = 0o600
OTHERS_NOTHING = 0o077
"""A umask under which libraries' files are private too."""
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""Not on Windows, where making a link takes a right of its own."""


def opener(path: str, flags: int) -> int:
    """An opener for `open`: a private file, never through a link."""
    return os.open(path, flags | NO_LINK, PRIVATE)


def opener_making(path: str, flags: int) -> int:
    """The same, made where it does not exist yet, whatever the mode says."""
    return opener(path, flags | os.O_CREAT)


def opener_of_new(path: str, flags: int) -> int:
    """An opener for `open`: a private file that must not exist yet."""
    return os.open(path, flags | NO_LINK | os.O_EXCL, PRIVATE)
