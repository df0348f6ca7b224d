"""A title tells which row of an outline a scenario is."""

from __future__ import annotations

from behave.parser import parse_feature

from bookingflow.report.allure import title_of

FEATURE = """
Feature: Rooms
  Scenario: A room is booked
    Given a room
  Scenario Outline: <guests> are welcome
    Given <guests> in <room>
    Examples:
      | guests | room  |
      | two    | red   |
      | two    | blue  |
      | three  | green |
  Scenario Outline: Guests are welcome
    Given <guests>
    Examples:
      | guests |
      | four   |
"""


def test_no_two_rows_have_the_same_title() -> None:
    titles = [title_of(scenario) for scenario in parse_feature(FEATURE).walk_scenarios()]
    assert titles == [
        "A room is booked",
        "two are welcome (two, red)",
        "two are welcome (two, blue)",
        "three are welcome",
        "Guests are welcome (four)",
    ]
