@owner.bookings @stored
Feature: What the guest asked for is what the restaurant knows
  Every word and every wish of the guest reaches the restaurant as it was given.

  Background: At the restaurant
    Given the demo restaurant

  @BOOK-060 @critical
  Scenario Outline: A guest who <wish> is understood
    Given a time with room for 3 guests
    When I book 3 guests for that time, with these details
      | detail    | words       |
      | notes     | <notes>     |
      | seating   | <seating>   |
      | marketing | <marketing> |
    Then it is confirmed with a table within 60s
    And everything is stored as I asked

    Examples:
      | wish                                 | notes                               | seating  | marketing |
      | tells everything                     | A birthday. One guest eats no nuts. | indoors  | yes       |
      | declines marketing                   | Window seat, please                 | anywhere | no        |
      | has nothing to add                   |                                     | anywhere | no        |
      | writes two lines                     | <two lines>                         | anywhere | yes       |
      | writes in another script, with emoji | Grüße, 席を窓側に 🎂 & "cake"; <b>  | outdoors | yes       |

  @BOOK-061 @normal
  Scenario Outline: A guest called <name> keeps the name
    Given a time with room for 2 guests
    When I book 2 guests for that time, with these details
      | detail | words  |
      | name   | <name> |
    Then it is confirmed with a table within 60s
    And everything is stored as I asked

    Examples:
      | name                 |
      | Siân O'Hara-Müller   |
      | Ng                   |
      | Анна 王小明          |
      | Anna  Maria          |
      | Robert'); DROP TABLE |

  @BOOK-062 @normal
  Scenario Outline: Contacts are stored normalised: a phone number <form>
    Given a time with room for 2 guests
    When I book 2 guests for that time, with these details
      | detail | words         |
      | e-mail | <in capitals> |
      | phone  | <<form>>      |
    Then it is confirmed with a table within 60s
    And everything is stored as I asked

    Examples:
      | form             |
      | of 20 characters |
      | with a space     |
      | with a hyphen    |

  @BOOK-063 @normal
  Scenario: The longest notes are kept whole
    Given a time with room for 2 guests
    When I book 2 guests for that time, with these details
      | detail | words            |
      | notes  | <500 characters> |
      | name   | <120 characters> |
    Then it is confirmed with a table within 60s
    And everything is stored as I asked

  @BOOK-065 @normal
  Scenario Outline: The restaurant may be named by <name>
    Given a time with room for 2 guests
    When I book 2 guests for that time, naming the restaurant by <name>
    Then it is confirmed with a table within 60s
    And everything is stored as I asked

    Examples:
      | name                               |
      | its id                             |
      | its name in capitals               |
      | its name, though with another's id |

  @BOOK-066 @minor
  Scenario Outline: A client that <variation> can still book
    Given a time with room for 2 guests
    When I book 2 guests for that time with a client that <variation>
    Then it is confirmed with a table within 60s
    And everything is stored as I asked

    Examples: At any restaurant
      | variation                           |
      | sends the number of guests as text  |
      | sends empty notes as null           |
      | does not ask for a marketing choice |
      | sends a field that nobody knows     |

    @uses.demo
    Examples: At the one where guests are booked who name none
      | variation           |
      | names no restaurant |

  @BOOK-067 @normal @uses.demo
  Scenario: A guest of one restaurant who books at another is kept as a guest there
    Given a time with room for 2 guests
    When I book 2 guests for that time
    And the same guest books 2 guests at the restaurant across the ocean
    Then both are confirmed with a table within 60s
    And everything is stored as I asked

  Rule: The time of day decides between lunch and dinner, and how long a booking lasts
    @BOOK-064 @normal @regression.15
    Scenario Outline: Asked for as <asked> at <service> time, it is stored as <stored> for <minutes> minutes
      Given a <service> time with room for 2 guests
      When I book 2 guests for that time, with these details
        | detail   | words   |
        | occasion | <asked> |
      Then it is confirmed with a table within 60s
      And it is stored as <stored>, ending after <minutes> minutes

      Examples:
        | service | asked  | stored | minutes |
        | lunch   | dinner | lunch  | 90      |
        | lunch   | lunch  | lunch  | 90      |
        | lunch   | drinks | drinks | 75      |
        | dinner  | lunch  | dinner | 120     |
        | dinner  | dinner | dinner | 120     |
        | dinner  | drinks | drinks | 75      |

    @BOOK-068 @normal @regression.15
    Scenario: From the very time at which dinner begins a meal is dinner
      Given a time at which dinner begins, with room for 2 guests
      When I book 2 guests for that time, with these details
        | detail   | words |
        | occasion | lunch |
      Then it is confirmed with a table within 60s
      And it is stored as dinner, ending after 120 minutes

    @BOOK-069 @normal @regression.15
    Scenario: Up to the last time before dinner begins a meal is lunch
      Given the last time before dinner begins, with room for 2 guests
      When I book 2 guests for that time, with these details
        | detail   | words  |
        | occasion | dinner |
      Then it is confirmed with a table within 60s
      And it is stored as lunch, ending after 90 minutes
