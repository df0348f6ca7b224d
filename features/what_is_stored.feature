@owner.bookings @stored
Feature: What the guest told us is what the restaurant knows
  Every word and every wish of the guest reaches the restaurant as it was given.

  @BOOK-060 @critical
  Scenario Outline: A guest who <says> is understood
    Given the demo restaurant
    And a time with room for 3 guests
    When I book 3 guests for that time, telling
      | what      | words       |
      | notes     | <notes>     |
      | seating   | <seating>   |
      | marketing | <marketing> |
    Then it is confirmed with a table within 60s
    And everything is stored as I told it

    Examples:
      | says                    | notes                               | seating  | marketing |
      | tells everything        | A birthday. One guest eats no nuts. | indoors  | yes       |
      | wants no letters        | Window seat, please                 | anywhere | no        |
      | has nothing to add      |                                     | anywhere | no        |
      | writes two lines        | <two lines>                         | anywhere | yes       |
      | writes in other letters | Grüße, 席を窓側に 🎂 & "cake"; <b>  | outdoors | yes       |

  @BOOK-061 @normal
  Scenario Outline: A guest called <name> keeps the name
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time, telling
      | what | words  |
      | name | <name> |
    Then it is confirmed with a table within 60s
    And everything is stored as I told it

    Examples:
      | name                 |
      | Siân O'Hara-Müller   |
      | Ng                   |
      | Anna  Maria          |
      | Robert'); DROP TABLE |

  @BOOK-062 @normal
  Scenario Outline: Contacts are stored in the form in which they are looked up: a phone number <written>
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time, telling
      | what   | words         |
      | e-mail | <in capitals> |
      | phone  | <written>     |
    Then it is confirmed with a table within 60s
    And everything is stored as I told it

    Examples:
      | written         |
      | <20 characters> |
      | <with a space>  |

  @BOOK-063 @normal
  Scenario: The longest notes are kept whole
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time, telling
      | what  | words            |
      | notes | <500 characters> |
      | name  | <120 characters> |
    Then it is confirmed with a table within 60s
    And everything is stored as I told it

  @BOOK-065 @normal
  Scenario Outline: The restaurant may be named by <name>
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time, naming the restaurant by <name>
    Then it is confirmed with a table within 60s
    And everything is stored as I told it

    Examples:
      | name                               |
      | its id                             |
      | its name in capitals               |
      | its name, though with another's id |

  @BOOK-066 @minor
  Scenario Outline: A website that <manner> is understood
    Given the demo restaurant
    And a time with room for 2 guests
    When I book 2 guests for that time on a website that <manner>
    Then it is confirmed with a table within 60s
    And everything is stored as I told it

    Examples:
      | manner                              |
      | sends the number of guests as text  |
      | sends empty notes as null           |
      | does not ask for a marketing choice |
      | sends a field that nobody knows     |

  Rule: The time of day decides between lunch and dinner, and how long a booking lasts
    @BOOK-064 @normal @regression.15
    Scenario Outline: <occasion> asked for at <service> time
      Given the demo restaurant
      And a <service> time with room for 2 guests
      When I book 2 guests for that time, telling
        | what     | words      |
        | occasion | <occasion> |
      Then it is confirmed with a table within 60s
      And everything is stored as I told it

      Examples:
        | service | occasion |
        | lunch   | dinner   |
        | lunch   | lunch    |
        | lunch   | drinks   |
        | dinner  | lunch    |
        | dinner  | dinner   |
        | dinner  | drinks   |
