@background @owner.seating
Feature: What is not confirmed at once is confirmed in the background
  Not every table is found within the answer to the guest. A job goes on looking;
  guests need not know, and no booking suffers from it.

  @BOOK-003 @critical @smoke @uses.background_job @uses.demo
  Scenario: A booking that is not confirmed at once is confirmed in the background
    Given the demo restaurant
    And the restaurant does not assign tables at once
    And a time with room for 4 guests
    When I book 4 guests for that time
    Then the answer says that it is pending
    And it is confirmed with a table within 60s
    And the background job confirmed it
    And its history shows one confirmation

  @BOOK-030 @critical @regression.7 @uses.demo
  Scenario: A booking whose table is found too late for the answer is confirmed all the same
    Given the demo restaurant
    And finding a table takes longer than the answer may
    And a time with room for 2 guests
    When I book 2 guests for that time
    Then the answer says that it is pending
    And it is confirmed with a table within 60s
    And it holds no more tables than it needs
    And it stays so for 1s

  @BOOK-031 @normal @uses.demo
  Scenario: A guest who waits gets the table that another gives back
    Given the restaurant with few tables
    And the restaurant goes on looking for tables
    And nobody else asks it to look
    And a time at which every table is taken
    When I book 2 guests for that time
    And the restaurant cancels the first booking
    Then it is confirmed with a table within 60s
    And no table is given twice

  @BOOK-032 @normal @regression.22 @uses.demo
  Scenario: For a guest about to arrive a table is looked for only once
    Given the demo restaurant
    And the restaurant goes on looking for tables
    And it is 9 minutes before a bookable time
    When I book more guests than the house seats for that time
    Then it stays pending with a reason within 60s
    And the platform gave up after one attempt

  @BOOK-033 @normal @regression.21 @uses.demo
  Scenario: With assignment and job switched off a booking stays pending and is not reported as timed out
    Given the demo restaurant
    And the restaurant does not assign tables at once
    And there is no background job
    And a time with room for 2 guests
    When I book 2 guests for that time
    Then it stays pending within 5s
    And the background job is reported as disabled

  Rule: The job is safe to repeat
    @BOOK-005 @critical @uses.background_job @uses.demo
    Scenario: The background job run twice gives a booking one set of tables
      Given the demo restaurant
      And the restaurant does not assign tables at once
      And a time with room for 4 guests
      When I book 4 guests for that time
      And the background job runs twice for it
      Then it is confirmed with a table within 60s
      And it holds no more tables than it needs

    @BOOK-034 @critical @uses.background_job
    Scenario: The background job does not touch a confirmed booking
      Given the demo restaurant
      And a time with room for 2 guests
      When I book 2 guests for that time
      Then it is confirmed with a table within 60s
      When the background job runs for it
      Then it is unchanged

    @BOOK-035 @critical @uses.background_job @uses.demo
    Scenario: The background job does not bring a cancelled booking back
      Given the demo restaurant
      And the restaurant does not assign tables at once
      And a time with room for 2 guests
      When I book 2 guests for that time
      And I cancel my booking
      And the background job runs for it
      Then it is cancelled and holds no table
