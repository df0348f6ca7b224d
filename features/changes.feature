@changes @owner.seating
Feature: A booking that is changed keeps the guest's seat
  Plans change. A guest who changes a booking has a table for the new plan, and the old
  one is free for the next guest.

  @BOOK-130 @critical @regression.24 @uses.demo
  Scenario: A party that grows gets tables that seat everybody
    Given the demo restaurant
    And a time with room for as many guests as the largest table seats
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When I change it to as many guests as the largest table seats
    Then it is confirmed anew with a table within 60s
    And nothing else is held for it

  @BOOK-131 @critical @regression.24 @uses.demo
  Scenario: A party that comes later keeps a table, for the later time
    Given the demo restaurant
    And a dinner time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When I change it to a quarter of an hour later
    Then it is confirmed anew with a table within 60s
    And nothing else is held for it

  @BOOK-132 @normal @regression.4 @uses.demo
  Scenario: A table from which guests were moved away is free for the next guest
    Given the restaurant with few tables
    And a time at which every table is taken
    When the restaurant moves the first booking to the table of another, who cancels
    And another guest books as many guests as the first for that time
    Then it is confirmed with a table within 60s
    And it gets one of the freed tables
    And no table is given twice
