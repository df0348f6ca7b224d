@confirmation @owner.bookings
Feature: A booking is confirmed with a table
  A guest who books gets a table, or learns why not. "Confirmed" always means that
  tables are reserved for the guest's time at the restaurant.

  @BOOK-001 @critical @regression.1 @regression.2 @smoke
  Scenario: A party of four books dinner for tomorrow
    Given the demo restaurant
    When I book 4 guests tomorrow at 19:00
    Then it is confirmed with a table within 90s

  @BOOK-004 @normal @requested @smoke
  Scenario: The requested booking is confirmed with a table
    Given the demo restaurant
    When I book what was requested
    Then it is confirmed with a table

  Rule: The guest learns at once
    @BOOK-002 @critical @smoke
    Scenario: Where there is room, the answer to the guest already says "confirmed"
      Given the demo restaurant
      And a time with room for 2 guests
      When I book 2 guests for that time
      Then the answer itself says that it is confirmed
      And it is confirmed with a table within 60s

    @BOOK-006 @critical
    Scenario: Every guest gets an answer
      Given the demo restaurant
      And a time with room for 2 guests
      When I book 2 guests for that time
      Then I get an answer within 60s

    @BOOK-007 @normal
    Scenario: The answer says what is stored
      Given the demo restaurant
      And a time with room for 2 guests
      When I book 2 guests for that time, with these details
        | detail    | words              |
        | name      | Siân O'Hara-Müller |
        | notes     | <two lines>        |
        | marketing | yes                |
      Then it is confirmed with a table within 60s
      And the answer says what is stored

  Rule: A confirmation is kept
    @BOOK-008 @critical @regression.7
    Scenario: A confirmed booking stays confirmed and keeps its table
      Given the demo restaurant
      And a time with room for 2 guests
      When I book 2 guests for that time
      Then it is confirmed with a table within 60s
      And it stays so for 3s

    @BOOK-009 @normal @regression.19 @regression.20
    Scenario: A confirmed booking reserves its own table and nothing else
      Given the demo restaurant
      And a time with room for 2 guests
      When I book 2 guests for that time
      Then it is confirmed with a table within 60s
      And nothing else is held for it

    @BOOK-010 @minor @regression.23
    Scenario: A booking is confirmed once
      Given the demo restaurant
      And a time with room for 2 guests
      When I book 2 guests for that time
      Then it is confirmed with a table within 60s
      And its history shows one confirmation
