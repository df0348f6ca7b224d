@owner.seating @tables
Feature: Guests get the right table
  Enough seats, no seats wasted when a better table is free, and a table that is theirs
  alone for as long as they stay.

  Rule: Everybody has a seat
    @BOOK-020 @critical
    Scenario Outline: Everybody has a seat: <party>
      Given the demo restaurant
      And a time with room for <party>
      When I book <party> for that time
      Then it is confirmed with a table within 60s
      And its tables seat everybody

      Examples: Parties that one table seats
        | party                                        |
        | 1 guest                                      |
        | 2 guests                                     |
        | one guest more than the smallest table seats |
        | as many guests as the largest table seats    |

    @BOOK-021 @normal @regression.16 @uses.merges
    Scenario Outline: A party too large for any one table sits at tables that stand together
      Given <restaurant>
      And a time with room for <party>
      When I book <party> for that time
      Then it is confirmed with a table within 60s
      And its tables seat everybody
      And it holds no more tables than it needs

      Examples: Parties that need two tables
        | restaurant                       | party                                       |
        | the demo restaurant              | one guest more than the largest table seats |
        | the restaurant with large tables | one guest more than the largest table seats |

      Examples: A party that takes every seat of two
        | restaurant          | party                                         |
        | the demo restaurant | as many guests as the two largest tables seat |

      Examples: A party that needs three
        | restaurant          | party                                           |
        | the demo restaurant | one guest more than the two largest tables seat |

    @BOOK-022 @normal @regression.17 @uses.demo
    Scenario: Where tables are not joined, a party too large for any one table waits and is told why
      Given the demo restaurant
      And the restaurant does not join tables
      And a time at which the house is empty
      When I book one guest more than the largest table seats for that time
      Then it stays pending with a reason within 60s

  Rule: No seat is wasted
    @BOOK-023 @normal
    Scenario Outline: A table of just the right size is given when one is free: <party>
      Given <restaurant>
      And a time at which a table for just <party> is free
      When I book <party> for that time
      Then it is confirmed with a table within 60s
      And no seat at its table stays empty

      Examples:
        | restaurant                       | party                                      |
        | the demo restaurant              | as many guests as the smallest table seats |
        | the restaurant with large tables | 4 guests                                   |
        | the restaurant with large tables | 6 guests                                   |
        | the demo restaurant              | as many guests as the largest table seats  |

    @BOOK-190 @normal
    Scenario Outline: A party that leaves one seat empty leaves no more: <party>
      Given the restaurant with large tables
      And a time at which a table with one seat more than <party> need is free
      When I book <party> for that time
      Then it is confirmed with a table within 60s
      And one seat at its table stays empty at most

      Examples:
        | party    |
        | 3 guests |
        | 5 guests |

  Rule: A wish for a place is met where that place is free
    @BOOK-024 @normal @uses.seating
    Scenario Outline: <party> who wish to sit <area> do so
      Given the demo restaurant
      And a time with a free table <area> for <party>
      When I book <party> for that time, with these details
        | detail  | words  |
        | seating | <area> |
      Then it is confirmed with a table within 60s
      And it has a table <area>

      Examples:
        | party    | area     |
        | 2 guests | indoors  |
        | 2 guests | outdoors |
        | 4 guests | indoors  |
        | 4 guests | outdoors |

  Rule: A table is theirs alone while they stay
    @BOOK-025 @critical
    Scenario Outline: The <service> table of <party> is theirs for the whole stay
      Given the restaurant with large tables
      And a <service> time with room for <party>
      When I book <party> for that time
      Then it is confirmed with a table within 60s
      And its table is kept for its whole stay

      Examples:
        | service | party                                     |
        | lunch   | 2 guests                                  |
        | lunch   | 4 guests                                  |
        | lunch   | 5 guests                                  |
        | lunch   | 6 guests                                  |
        | dinner  | 1 guest                                   |
        | dinner  | 2 guests                                  |
        | dinner  | 3 guests                                  |
        | dinner  | 5 guests                                  |
        | dinner  | 6 guests                                  |
        | dinner  | 7 guests                                  |
        | dinner  | as many guests as the largest table seats |

    @BOOK-026 @critical @regression.6
    Scenario: Two parties at the same time never share a table
      Given the demo restaurant
      And a time with room for 2 parties of 2 guests
      When I book 2 guests for that time
      And another guest books 2 guests for that time
      Then both are confirmed with a table within 60s
      And no table is given twice

    @BOOK-027 @critical
    Scenario Outline: A party that sits while another comes gets another table: the next guest comes <next>
      Given the demo restaurant
      And a time with room for 2 parties of 2 guests, then and half an hour later
      When I book 2 guests for <first>
      And another guest books 2 guests for <second>
      Then both are confirmed with a table within 60s
      And no table is given twice

      Examples:
        | first              | second             | next                 |
        | that time          | half an hour later | half an hour later   |
        | half an hour later | that time          | half an hour earlier |

    @BOOK-028 @normal @regression.6 @uses.exclusive_restaurant
    Scenario Outline: A table for <seats> is given to the next guests as soon as it is free
      Given the restaurant with large tables
      And every table for <seats> is taken at 17:00 on an otherwise empty day
      When another guest books <seats> guests for the moment those tables are free
      Then it is confirmed with a table within 60s
      And it gets one of the freed tables
      And no table is given twice

      Examples:
        | seats |
        | 6     |
        | 8     |
        | 10    |

    @BOOK-029 @normal @regression.6 @uses.demo
    Scenario Outline: A table for <seats> is given to guests who leave just before the next ones come
      Given the restaurant with large tables
      And every table for <seats> is taken at 13:30 on an otherwise empty day
      When another guest books <seats> guests for 12:00 of that day
      Then it is confirmed with a table within 60s
      And no seat at its table stays empty
      And no table is given twice

      Examples:
        | seats |
        | 6     |
        | 8     |
        | 10    |

    @BOOK-191 @critical @regression.6 @uses.demo
    Scenario Outline: A table for <seats> that is taken from <taken> on is not given to guests of <time> as well
      Given the restaurant with large tables
      And every table for <seats> is taken at <taken> on an otherwise empty day
      When another guest books <seats> guests for <time> of that day
      Then it is confirmed with a table within 60s
      And no table is given twice

      Examples: The next guests come just before it is free
        | seats | taken | time  |
        | 6     | 17:00 | 18:15 |
        | 10    | 17:00 | 18:30 |

      Examples: Those before them leave just after the next ones come
        | seats | taken | time  |
        | 6     | 13:30 | 12:15 |
        | 8     | 13:30 | 12:15 |
