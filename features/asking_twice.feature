@owner.bookings @repeats
Feature: Asking twice books once
  Connections break and fingers tap twice. The same request never books a second time,
  and a guest's second booking never harms the first.

  @BOOK-080 @critical
  Scenario: The same booking sent again is the same booking
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When I send the same booking again
    Then I am told that it is the same booking
    And there is one booking, and it is as it was

  @BOOK-087 @normal
  Scenario: The request number may be of the guest's own making
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time under a request number of my own
    Then it is confirmed with a table within 60s
    When I send the same booking again
    Then I am told that it is the same booking
    And there is one booking, and it is as it was

  @BOOK-081 @normal
  Scenario: The same booking sent again a while later with other words changes nothing
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    And it stays so for 3s
    When I send the same booking again with other words
    Then I am told that it is the same booking
    And there is one booking, and it is as it was

  @BOOK-088 @normal @uses.demo
  Scenario: A cancelled booking sent again stays cancelled
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When the guest cancels the first booking
    And I send the same booking again
    Then I am told that it is the same booking
    And the first booking is cancelled and holds no table

  @BOOK-082 @critical @regression.9
  Scenario Outline: The same booking sent <count> times at the same moment books once
    Given the demo restaurant
    And a time with room for 2 guests
    When I send the same booking <count> times at the same moment
    Then it is confirmed with a table within 60s
    And there is one booking

    Examples:
      | count |
      | 2     |
      | 6     |

  @BOOK-083 @critical @regression.8
  Scenario: A guest who hangs up before the answer and asks again books once
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time and hang up before the answer
    And I send the same booking again
    Then it is confirmed with a table within 60s
    And there is one booking

  @BOOK-084 @critical @regression.10
  Scenario: A guest who books the same time twice has two bookings
    Given the demo restaurant
    And a time with room for 2 parties of 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When the same guest books that time once more
    Then both are confirmed with a table within 60s
    And the first booking is as it was
    And no table is given twice

  @BOOK-086 @normal
  Scenario: Without a request number every request is a booking of its own
    Given the demo restaurant
    And a time with room for 2 parties of 2 guests
    When I book 2 guests for that time without a request number
    And another guest books 2 guests for that time without a request number
    Then both are confirmed with a table within 60s
    And everything is stored as I told it
    And no table is given twice

  @BOOK-085 @normal
  Scenario Outline: A known guest with <news> is welcome
    Given the demo restaurant
    And a time with room for 2 parties of 2 guests, then and half an hour later
    When I book 2 guests for that time
    And the same guest books half an hour later with <news>
    Then both are confirmed with a table within 60s
    And everything is stored as I told it

    Examples:
      | news                 |
      | another e-mail       |
      | another phone number |
