@changes @owner.seating
Feature: A booking that is changed keeps the guest's seat
  Plans change. A guest who changes a booking has a table for the new plan, and the old
  one is free for the next guest.

  @BOOK-130 @critical @regression.24 @uses.demo
  Scenario: A party that grows gets tables that seat everybody
    Given the demo restaurant
    And a time with room for as many guests as the largest table seats
    When I book 2 guests for that time, with these details
      | detail    | words               |
      | notes     | Window seat, please |
      | marketing | no                  |
    Then it is confirmed with a table within 60s
    When I change it to as many guests as the largest table seats
    Then it is confirmed anew with a table within 60s
    And nothing else is held for it

  @BOOK-131 @critical @regression.24 @uses.demo
  Scenario: A party that comes later keeps a table, for the later time
    Given the demo restaurant
    And a dinner time with room for 2 guests
    When I book 2 guests for that time, with these details
      | detail    | words       |
      | notes     | <two lines> |
      | seating   | indoors     |
      | marketing | yes         |
    Then it is confirmed with a table within 60s
    When I change it to a quarter of an hour later
    Then it is confirmed anew with a table within 60s
    And nothing else is held for it

  @BOOK-132 @normal @regression.4 @uses.demo
  Scenario: A table from which guests were moved away is free for the next guest
    Given the restaurant with few tables
    And a time at which every table is taken
    When another guest cancels and the restaurant moves the first booking to that table
    And another guest books as many guests as the first for that time
    Then it is confirmed with a table within 60s
    And it gets one of the freed tables
    And no table is given twice

  @BOOK-133 @critical @uses.demo
  Scenario: A guest who changes one of two bookings keeps the other as it is
    Given the demo restaurant
    And a time with room for 2 parties of 2 guests, then and half an hour later
    When I book 2 guests for that time
    And the same guest books half an hour later with other wishes
    Then both are confirmed with a table within 60s
    And the first booking is unchanged
    When I change it to as many guests as the largest table seats
    Then it is confirmed anew with a table within 60s
    And the first booking is unchanged

  @BOOK-134 @critical @uses.demo
  Scenario: A guest who cancels one of two bookings keeps the other
    Given the demo restaurant
    And a time with room for 2 parties of 2 guests, then and half an hour later
    When I book 2 guests for that time
    And the same guest books half an hour later with other wishes
    Then both are confirmed with a table within 60s
    When I cancel the second booking
    Then the first booking is unchanged
