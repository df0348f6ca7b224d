@full_house @owner.seating
Feature: A full house is honest
  Nobody is promised a table that is not there. A guest who waits learns why, and gets
  the table that becomes free.

  @BOOK-090 @critical @regression.18
  Scenario: A party that the house can't seat waits, without a table and with a reason
    Given the demo restaurant
    And a time with room for 2 guests
    When I book more guests than the house seats for that time
    Then it stays pending with a reason within 60s
    And it holds no table

  @BOOK-091 @critical @regression.18 @regression.19 @uses.exclusive_restaurant
  Scenario: A full house never confirms a guest without a table
    Given the restaurant with few tables
    And a time at which every table is taken
    When I book 2 guests for that time
    Then it stays pending with a reason within 60s
    And it holds no table
    And no table is given twice

  @BOOK-092 @normal @regression.19 @uses.exclusive_restaurant
  Scenario: The house fills to its last table
    Given the demo restaurant
    And a time at which the house is empty
    When guests book for that time until nobody more is seated
    Then every table is taken

  @BOOK-093 @critical @regression.3 @uses.demo
  Scenario Outline: A cancellation by the <who> frees the table for the next guest
    Given the restaurant with few tables
    And a time at which every table is taken
    When the <who> cancels the first booking
    Then the first booking is cancelled and holds no table
    When another guest books as many guests as the first for that time
    Then it is confirmed with a table within 60s
    And it gets one of the freed tables

    Examples:
      | who        |
      | guest      |
      | restaurant |

  @BOOK-095 @normal
  Scenario: A guest who waits and asks again waits once
    Given the demo restaurant
    And a time with room for 2 guests
    When I book more guests than the house seats for that time
    Then it stays pending with a reason within 60s
    When I send the same booking again
    Then the answer says that it is the same booking
    And there is one booking

  @BOOK-096 @normal @regression.3 @uses.demo
  Scenario Outline: A cancellation by the <who> frees all tables that were joined for a party
    Given the demo restaurant
    And a time with room for one guest more than the two largest tables seat
    When I book one guest more than the two largest tables seat for that time
    Then it is confirmed with a table within 60s
    When the <who> cancels the first booking
    Then the first booking is cancelled and holds no table

    Examples:
      | who        |
      | guest      |
      | restaurant |

  @BOOK-097 @normal
  Scenario: A guest who waits finds the booking
    Given the demo restaurant
    And a time with room for 2 guests
    When I book more guests than the house seats for that time
    Then it stays pending with a reason within 60s
    And I find it with my e-mail and my phone number

  @BOOK-098 @normal @uses.cleanup
  Scenario: A guest who cancels and books the same time again has a new booking
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When my booking is cancelled
    And the same guest books that time once more
    Then it is a booking of its own
    And the answer lists no booking that was cancelled
    And it is confirmed with a table within 60s
    And the first booking is cancelled and holds no table
