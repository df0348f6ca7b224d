"""Values of this process, packed small while nobody looks at them."""

from __future__ import annotations

import pickle
import zlib
from typing import Any


class Packer:
    """Packs many values that are much alike: the first one is the dictionary by which the others become small."""

    def __init__(self) -> None:
        self._like = b""

    def pack(self, value: Any) -> bytes:
        """The value in a few hundred bytes."""
        written = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._like = self._like or written
        shrinking = zlib.compressobj(zdict=self._like)
        return shrinking.compress(written) + shrinking.flush()

    def unpack(self, packed: bytes) -> Any:
        """An equal value to the one that was packed here; nothing from outside is ever unpacked."""
        return pickle.loads(zlib.decompressobj(zdict=self._like).decompress(packed))  # noqa: S301 - our own
