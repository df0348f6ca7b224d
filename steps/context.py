"""What a step may use of behave's context, typed: a misspelt promise is found before anything runs."""

from __future__ import annotations

from typing import Protocol

from bookingflow.promises import Promises
from bookingflow.scenario.act import Act
from bookingflow.scenario.arrange import Arrange
from bookingflow.testdata.booking_details import Details


class Context(Protocol):
    """Given arranges, When acts, Then demands promises; each step calls one method of these."""

    arrange: Arrange
    act: Act
    promises: Promises
    table: Details | None
    """The step's data table: what is meant, and its words; None where it has none."""
