@owner.platform @privacy
Feature: A guest's data is the guest's own
  Nobody reads, changes or cancels another guest's booking, and no answer gives away secrets.

  Background: At the restaurant
    Given the demo restaurant

  @BOOK-120 @critical
  Scenario: The answer to a booking shows nobody else's data, and no secret
    Given a time with room for 2 guests
    When I book 2 guests for that time, with these details
      | detail | words                               |
      | notes  | It is a surprise: please don't call |
    And another guest books 2 guests for that time
    Then the answer shows nobody else's data
    And the answer gives away no secret

  @BOOK-121 @critical
  Scenario: A guest finds their own booking by e-mail and phone number together
    Given a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    And I find it with my e-mail and my phone number
    And I find it with my capitalised e-mail and my spaced phone number
    And I don't find it with my e-mail and another phone number
    And I don't find it with my e-mail and a similar phone number
    And I don't find it with my e-mail and no phone number
    And I don't find it with another e-mail and my phone number
    And I don't find it with a similar e-mail and my phone number
    And I don't find it with no e-mail and my phone number

  @BOOK-122 @critical
  Scenario Outline: Nobody can <act> a booking without signing in
    Given a time with room for 2 guests
    When I book 2 guests for that time, with these details
      | detail | words                               |
      | notes  | It is a surprise: please don't call |
    Then it is confirmed with a table within 60s
    When a stranger tries to <act> it
    Then the request is refused and nothing is shown or changed
    And it stays so

    Examples:
      | act                 |
      | read                |
      | read the history of |
      | change              |
      | cancel              |

  @BOOK-123 @critical
  Scenario Outline: The refusal of <mistake> gives away no secret
    Given a time with room for 2 guests
    When I try to book with <mistake>
    Then it is refused because something in it is wrong
    And the answer gives away no secret
    And the answer shows nobody else's data

    Examples:
      | mistake                             |
      | everything wrong at once            |
      | a day that is not in the calendar   |
      | a phone number of 30 digits         |
      | a restaurant id that does not exist |
      | an unreadable request               |

  @BOOK-124 @critical
  Scenario Outline: Nobody sees <list> without signing in
    When a stranger asks for <list>
    Then the request is refused and nothing is shown

    Examples:
      | list                      |
      | a guest's own bookings    |
      | the restaurant's bookings |

  @BOOK-125 @normal @uses.cleanup
  Scenario: A booking that was cancelled is found no more
    Given a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    And I find it with my e-mail and my phone number
    When my booking is cancelled
    Then I don't find it with my e-mail and my phone number

  @BOOK-126 @critical
  Scenario: Nobody books through the test-only entrance
    When a stranger books through the test-only entrance
    Then the entrance is closed

  @BOOK-127 @normal
  Scenario: The link in the confirmation shows the booking, once
    Given a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When I open the link in my confirmation
    Then the link shows my booking as it is stored
    When I open that link once more
    Then the link shows nothing
    When I open a made-up link
    Then the link shows nothing

  @BOOK-128 @normal @uses.demo
  Scenario: The link in the confirmation opens for a while only
    Given a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When I open the link in my confirmation a day later
    Then the link shows nothing

  @BOOK-129 @normal
  Scenario: A guest with two bookings finds both
    Given a time with room for 2 parties of 2 guests, then and half an hour later
    When I book 2 guests for that time
    And the same guest books half an hour later with other wishes
    Then both are confirmed with a table within 60s
    And I find both with my e-mail and my phone number

  @BOOK-160 @normal @uses.demo
  Scenario: The link in the confirmation opens half an hour later too
    Given a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    When I open the link in my confirmation half an hour later
    Then the link shows my booking as it is stored

  @BOOK-161 @critical
  Scenario Outline: Nobody can <act> a booking in the restaurant's name without signing in
    Given a time with room for 2 guests
    When I book 2 guests for that time, with these details
      | detail | words                               |
      | notes  | It is a surprise: please don't call |
    Then it is confirmed with a table within 60s
    When a stranger tries to <act> it in the restaurant's name
    Then the request is refused and nothing is shown or changed
    And it stays so

    Examples:
      | act                  |
      | read the history of  |
      | see the tables of    |
      | change               |
      | cancel               |
      | take the tables from |

  @BOOK-162 @critical
  Scenario: Part of an e-mail or of a phone number finds nothing
    Given a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    And I don't find it with part of my e-mail and my phone number
    And I don't find it with my e-mail and part of my phone number

  @BOOK-163 @normal @uses.demo
  Scenario: A guest of another restaurant finds the booking there
    Given the restaurant across the ocean
    And a time with room for 2 guests
    When I book 2 guests for that time
    Then it is confirmed with a table within 60s
    And I find it with my e-mail and my phone number
