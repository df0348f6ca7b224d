@owner.bookings @refusals
Feature: A booking that can't be taken is refused, with a reason, and leaves nothing behind
  Guests and partners make mistakes. The answer says what to mend.

  Background: At the restaurant
    Given the demo restaurant
    And a time with room for 2 guests

  @BOOK-070 @normal
  Scenario Outline: A booking with <mistake> is refused
    When I try to book with <mistake>
    Then it is refused because of the <field>
    And nothing is stored

    Examples: When
      | mistake                   | field |
      | no date                   | date  |
      | a date written 24/12/2030 | date  |
      | a date with a time of day | date  |
      | no time                   | time  |
      | a time written 7 pm       | time  |
      | a time with seconds       | time  |

    Examples: How many
      | mistake                     | field |
      | no number of guests         | party |
      | no guests at all            | party |
      | fewer than no guests        | party |
      | two and a half guests       | party |
      | a number of guests in words | party |

    Examples: What kind
      | mistake                         | field    |
      | no occasion                     | occasion |
      | an occasion that is not offered | occasion |
      | no seating wish                 | seating  |
      | a seat on the roof              | seating  |
      | notes of 501 characters         | notes    |
      | notes that are a number         | notes    |

    Examples: Who
      | mistake                      | field  |
      | no name                      | name   |
      | a name of one letter         | name   |
      | a name of 121 letters        | name   |
      | no e-mail                    | e-mail |
      | an e-mail without an @       | e-mail |
      | no phone number              | phone  |
      | a phone number of six digits | phone  |
      | a phone number of 51 digits  | phone  |

    Examples: Where
      | mistake                       | field           |
      | a restaurant id that is no id | restaurant id   |
      | a restaurant name with spaces | restaurant name |

  @BOOK-071 @normal
  Scenario: All mistakes in a booking are reported together
    When I try to book with everything wrong at once
    Then it is refused because of the date, time, party, occasion, seating, name, e-mail, phone
    And nothing is stored

  @BOOK-072 @normal
  Scenario Outline: Refused, not answered with an error: <mistake>
    When I try to book with <mistake>
    Then it is refused because something in it is wrong
    And nothing is stored

    Examples:
      | mistake                             |
      | a day that is not in the calendar   |
      | the time 25:00                      |
      | a phone number of 30 digits         |
      | a restaurant id that does not exist |
      | a list instead of a booking         |
      | an empty request                    |

  @BOOK-073 @normal @regression.25
  Scenario: A restaurant that does not exist takes no bookings
    When I try to book with a restaurant that does not exist
    Then it is refused because there is no such restaurant
    And nothing is stored

  @BOOK-074 @minor
  Scenario: A request that can't be read is refused
    When I try to book with an unreadable request
    Then it is refused because it can't be read
    And nothing is stored

  @BOOK-075 @minor
  Scenario Outline: Guests are not shown the times of <what>
    When I ask for the times of <what>
    Then no times are shown

    Examples:
      | what                             |
      | a restaurant that does not exist |
      | a day that is none               |
