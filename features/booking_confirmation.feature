Feature: A booking is confirmed with a table
  A guest who books gets a table, or is told why not. "Confirmed" always means that
  tables with enough seats are reserved for the guest's time at the restaurant.

  @smoke @BOOK-001 @critical
  Scenario: A party of four books dinner for tomorrow
    Given the demo restaurant
    When I book 4 guests tomorrow at 19:00
    Then it is confirmed with a table within 90s

  @smoke @BOOK-002 @critical
  Scenario: Where there is room, the answer to the guest already says "confirmed"
    Given the demo restaurant
    And a time at which a table for 2 is free
    When I book 2 guests for that time
    Then the answer itself says that it is confirmed
    And it is confirmed with a table within 60s

  @smoke @BOOK-003 @critical @uses.demo
  Scenario: A booking that is not confirmed at once is confirmed in the background
    Given the demo restaurant
    And the restaurant does not assign tables at once
    And a time at which a table for 4 is free
    When I book 4 guests for that time
    Then the answer says that it is pending
    And it is confirmed with a table within 60s
    And the background job confirmed it

  @BOOK-005 @critical @uses.demo @uses.background_job
  Scenario: The background job run twice gives a booking one set of tables
    Given the demo restaurant
    And the restaurant does not assign tables at once
    And a time at which a table for 4 is free
    When I book 4 guests for that time
    And the background job runs twice for it
    Then it is confirmed with a table within 60s
    And it holds its tables only once

  @smoke @requested @BOOK-004 @normal
  Scenario: The requested booking is confirmed with a table
    Given the demo restaurant
    When I book what was requested
    Then it is confirmed with a table
