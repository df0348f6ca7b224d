@hours @owner.bookings
Feature: A closed day is one day, and a late guest is late by minutes
  What the restaurant says of one day holds for no other, and who comes a few minutes late is still a guest.

  @BOOK-171 @normal @uses.demo
  Scenario: A single day on which the restaurant is closed leaves later days as they are
    Given the demo restaurant
    And a day with room for 2 guests
    And the restaurant is closed on that day
    Then the times offered a week later are those of its opening hours

  @BOOK-172 @normal @uses.demo @uses.past_blocking
  Scenario: A guest who is four minutes late can still book
    Given the demo restaurant
    And it is 17:34 at the restaurant
    When I book 2 guests today at 17:30
    Then it is confirmed with a table within 60s
    And it is booked for the time I asked for

  @BOOK-173 @normal @uses.demo @uses.past_blocking
  Scenario: A guest who is six minutes late can't book any more
    Given the demo restaurant
    And it is 17:36 at the restaurant
    When I book 2 guests today at 17:30
    Then it is refused because the time has passed
    And nothing is stored
