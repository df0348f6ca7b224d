@many @owner.seating
Feature: Many guests at once
  On a busy evening everybody taps at the same moment. Tables are given once, and
  everybody gets an answer.

  @BOOK-100 @critical @regression.5 @uses.cleanup @uses.exclusive_restaurant
  Scenario: Two guests want the last table, and exactly one gets it
    Given the restaurant with few tables
    And a time at which one table is left
    When 2 parties of 2 guests book that time at the same moment
    Then exactly one of them is confirmed with a table within 60s
    And the other waits with a reason
    And no table is given twice

  @BOOK-101 @critical @regression.6
  Scenario Outline: Each of <count> parties that book <service> at the same moment has a table of its own
    Given the demo restaurant
    And a <service> time with room for <count> parties of <party>
    When <count> parties of <party> book that time at the same moment
    Then all of them are confirmed with a table within 60s
    And no table is given twice

    Examples:
      | service | count | party    |
      | lunch   | 4     | 2 guests |
      | dinner  | 4     | 4 guests |
      | dinner  | 8     | 2 guests |

  @BOOK-102 @critical @regression.5 @regression.6 @uses.exclusive_restaurant
  Scenario: When more parties book than there are tables, nobody gets an error
    Given the demo restaurant
    And a time at which the house is empty
    When 24 parties of 2 guests book that time at the same moment
    Then everybody is answered
    And everybody is confirmed with a table, or waits with a reason, within 60s
    And no table is given twice
