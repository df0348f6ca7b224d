@owner.bookings @whole
Feature: Every booking is right to the last detail
  One guest may be served well by chance. Here many parties book, of all sizes and with all kinds
  of wishes, and nothing about any of these bookings may be wrong.

  @BOOK-140 @critical
  Scenario: Parties of every size, with every kind of wish, get exactly what they asked for
    Given the demo restaurant
    And a time with room for 4 parties of 2 guests
    When parties of many sizes book that time one after the other, each with other wishes
    Then all of them are confirmed with a table within 90s
    And each booking is right to the last detail
