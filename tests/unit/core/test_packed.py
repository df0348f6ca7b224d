"""What is packed comes back as it was, and takes little room."""

from __future__ import annotations

import pickle

from bookingflow.core.packed import Packer
from tests.support.fakes import CONFIRMED
from tests.support.stage import REQUEST


def test_each_comes_back_as_it_was_also_the_first() -> None:
    packer = Packer()
    values = [{"request": REQUEST.model_copy(update={"party": party}), "row": CONFIRMED} for party in range(1, 9)]
    packed = [packer.pack(value) for value in values]
    assert [packer.unpack(one) for one in packed] == values


def test_what_is_like_the_first_takes_a_fraction_of_its_room() -> None:
    packer = Packer()
    packer.pack(REQUEST)
    other = REQUEST.model_copy(update={"email": "acceptance+0123456789-89ab-1@example.com", "phone": "+447700123456"})
    assert len(packer.pack(other)) < len(pickle.dumps(other)) / 4
