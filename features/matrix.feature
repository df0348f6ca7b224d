@many @matrix @owner.seating @slow
Feature: Whatever the time, the party and the crowd, the house stays in order
  On any evening one guest may book, or eight at once. Each of them is answered, and in
  the restaurant's books no table is given twice, nobody is confirmed without a table,
  and each table is kept from when to when.

  @BOOK-150 @critical @regression.6
  Scenario Outline: Everybody has a table of their own, or a reason: <crowd> of <party>, at <time>
    Given the demo restaurant
    And <time> with room for <party>
    And its books of that day are looked through
    When guests book that time at the same moment, <crowd> of <party>
    Then everybody is answered
    And everybody is confirmed with a table, or waits with a reason, within 60s
    And its books of that day are in order, but for what was wrong before

    Examples: At lunch
      | time         | party                                       | crowd     |
      | a lunch time | 2 guests                                    | 1 party   |
      | a lunch time | 2 guests                                    | 4 parties |
      | a lunch time | 2 guests                                    | 8 parties |
      | a lunch time | 4 guests                                    | 1 party   |
      | a lunch time | 4 guests                                    | 4 parties |
      | a lunch time | 4 guests                                    | 8 parties |
      | a lunch time | one guest more than the largest table seats | 1 party   |
      | a lunch time | one guest more than the largest table seats | 4 parties |
      | a lunch time | one guest more than the largest table seats | 8 parties |

    Examples: Between lunch and dinner
      | time                            | party                                       | crowd     |
      | a time between lunch and dinner | 2 guests                                    | 1 party   |
      | a time between lunch and dinner | 2 guests                                    | 4 parties |
      | a time between lunch and dinner | 2 guests                                    | 8 parties |
      | a time between lunch and dinner | 4 guests                                    | 1 party   |
      | a time between lunch and dinner | 4 guests                                    | 4 parties |
      | a time between lunch and dinner | 4 guests                                    | 8 parties |
      | a time between lunch and dinner | one guest more than the largest table seats | 1 party   |
      | a time between lunch and dinner | one guest more than the largest table seats | 4 parties |
      | a time between lunch and dinner | one guest more than the largest table seats | 8 parties |

    Examples: At dinner
      | time          | party                                       | crowd     |
      | a dinner time | 2 guests                                    | 1 party   |
      | a dinner time | 2 guests                                    | 4 parties |
      | a dinner time | 2 guests                                    | 8 parties |
      | a dinner time | 4 guests                                    | 1 party   |
      | a dinner time | 4 guests                                    | 4 parties |
      | a dinner time | 4 guests                                    | 8 parties |
      | a dinner time | one guest more than the largest table seats | 1 party   |
      | a dinner time | one guest more than the largest table seats | 4 parties |
      | a dinner time | one guest more than the largest table seats | 8 parties |

  @BOOK-151 @critical @regression.11
  Scenario Outline: While the house is closed everybody is refused: <crowd> of 2 guests
    Given the restaurant with closed days
    And a day on which it is closed
    And its books of that day are looked through
    When guests book that time at the same moment, <crowd> of 2 guests
    Then everybody is refused because the restaurant is closed
    And its books of that day are in order, but for what was wrong before

    Examples: How many at once
      | crowd     |
      | 1 party   |
      | 4 parties |
      | 8 parties |
