@owner.bookings @repeats
Feature: Asking twice books once
  Connections break and fingers tap twice. The same request never books a second time,
  and a guest's second booking never harms the first.

  Background: At the restaurant
    Given the demo restaurant

  @BOOK-080 @critical
  Scenario: The same booking sent again is the same booking
    Given a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When I send the same booking again
    Then the answer says that it is the same booking
    And there is still one booking, unchanged

  @BOOK-081 @normal
  Scenario: Resending a request with different details changes nothing
    Given a time with room for 2 parties of 2 guests, then and half an hour later
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    And it stays so for 3s
    When I send the same booking again with different details
    Then the answer says that it is the same booking
    And there is still one booking, unchanged

  @BOOK-082 @critical @regression.9
  Scenario Outline: The same booking sent <count> times at the same moment books once
    Given a time with room for 2 guests
    When I send the same booking <count> times at the same moment
    Then it is confirmed with a table within 60s
    And there is one booking

    Examples:
      | count |
      | 2     |
      | 6     |

  @BOOK-083 @critical @regression.8
  Scenario: A guest who hangs up before the answer and asks again books once
    Given a time with room for 2 guests
    When I book 2 guests for that time and hang up before the answer
    And I send the same booking again
    Then it is confirmed with a table within 60s
    And there is one booking

  @BOOK-084 @critical @regression.10
  Scenario: A guest who books the same time twice has two bookings
    Given a time with room for 2 parties of 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When the same guest books that time once more
    Then both are confirmed with a table within 60s
    And the first booking is unchanged
    And no table is given twice

  @BOOK-085 @normal
  Scenario Outline: A returning guest with <change> can book
    Given a time with room for 2 parties of 2 guests, then and half an hour later
    When I book 2 guests for that time
    And the same guest books half an hour later with <change>
    Then both are confirmed with a table within 60s
    And everything is stored as I asked

    Examples:
      | change               |
      | another e-mail       |
      | another phone number |

  @BOOK-086 @normal
  Scenario: Without a request id every request is a booking of its own
    Given a time with room for 2 parties of 2 guests
    When I book 2 guests for that time without a request id
    And another guest books 2 guests for that time without a request id
    Then both are confirmed with a table within 60s
    And everything is stored as I asked
    And no table is given twice

  @BOOK-087 @normal
  Scenario: A partner may choose its own request id
    Given a time with room for 2 guests
    When I book 2 guests for that time with a request id of my own
    Then it is confirmed with a table within 60s
    When I send the same booking again
    Then the answer says that it is the same booking
    And there is still one booking, unchanged

  @BOOK-088 @normal @uses.demo
  Scenario: A cancelled booking sent again stays cancelled
    Given a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When I cancel my booking
    And I send the same booking again
    Then the answer says that it is the same booking
    And the first booking is cancelled and holds no table

  @BOOK-089 @normal @uses.demo
  Scenario: A request id counts at its own restaurant only
    Given a time with room for 2 guests
    When I book 2 guests for that time
    And another guest books 2 guests at the restaurant across the ocean with the same request id
    Then it is a booking of its own
    And both are confirmed with a table within 60s
    And everything is stored as I asked

  @BOOK-180 @normal
  Scenario: Guests whose requests have an empty id have bookings of their own
    Given a time with room for 2 parties of 2 guests
    When I book 2 guests for that time with an empty request id
    And another guest books 2 guests for that time with an empty request id
    Then both are confirmed with a table within 60s
    And everything is stored as I asked
    And no table is given twice

  @BOOK-181 @normal
  Scenario: A partner's next request id is another request
    Given a time with room for 2 parties of 2 guests
    When I book 2 guests for that time with a request id of my own
    And another guest books 2 guests for that time with the next request id of mine
    Then it is a booking of its own
    And both are confirmed with a table within 60s
    And everything is stored as I asked
    And no table is given twice
