@owner.platform @rate_limit @serial @uses.rate_limit
Feature: Nobody can flood the restaurant with bookings
  One address may ask sixty times a minute. A guest who asks more often is told to wait,
  and for how long; nothing of that is stored, and nobody else suffers from it.

  Background: At the restaurant
    Given the demo restaurant

  @BOOK-110 @normal @regression.25
  Scenario: A guest who asks too often is told when to try again
    Given a time with room for 2 guests
    When I ask for bookings until I am told to wait
    Then I am told how many seconds to wait
    And nothing is stored

  @BOOK-111 @minor @regression.25 @uses.demo
  Scenario: A guest at another address can book all the same
    Given a time with room for 2 guests
    And one address may ask 10 times a minute
    When I ask for bookings until I am told to wait
    And a guest at another address books 2 guests for that time
    Then it is confirmed with a table within 60s

  @BOOK-112 @minor @uses.demo
  Scenario: After that wait the guest can book again
    Given a time with room for 2 guests
    And one address may ask 10 times a minute
    When I ask for bookings until I am told to wait
    And I wait as long as I was told
    And I book 2 guests for that time
    Then it is confirmed with a table within 60s

  @BOOK-113 @normal
  Scenario: Nobody can try out other guests' contacts without end
    When I look up strangers' bookings again and again
    Then I am told to wait before I can look up more

  @BOOK-114 @minor @regression.25 @uses.demo
  Scenario: A guest who asked too often at one restaurant can book at another
    Given a time with room for 2 guests
    And one address may ask 10 times a minute
    When I ask for bookings until I am told to wait
    And the same guest books 2 guests at the restaurant across the ocean
    Then it is confirmed with a table within 60s

  @BOOK-115 @minor @uses.demo
  Scenario Outline: Requests with <mistake> take nothing of what one address may ask
    Given a time with room for 2 guests
    And one address may ask 10 times a minute
    When I try 12 times to book with <mistake>
    Then none of them is taken
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s

    Examples:
      | mistake                          |
      | no number of guests              |
      | a restaurant that does not exist |
