@hours @owner.bookings
Feature: Guests are booked when the restaurant is open, and at no other time
  Times are those of the restaurant's own clock, wherever guests and computers are.

  Rule: Open is open
    @BOOK-040 @critical @regression.12
    Scenario Outline: An open <weekday> takes bookings
      Given the demo restaurant
      And a <weekday> with room for 2 guests
      When I book 2 guests for that time, with these details
        | detail | words       |
        | notes  | <two lines> |
      Then it is confirmed with a table within 60s
      And everything is stored as I asked

      Examples:
        | weekday   |
        | Monday    |
        | Tuesday   |
        | Wednesday |
        | Thursday  |
        | Friday    |
        | Saturday  |
        | Sunday    |

    @BOOK-041 @normal
    Scenario Outline: Guests can book <moment>: <restaurant>
      Given <restaurant>
      And a day with room for 2 guests
      When I book 2 guests for <moment>
      Then it is confirmed with a table within 60s
      And it is booked for the time I asked for

      Examples:
        | restaurant                      | moment                     |
        | the demo restaurant             | the first time of that day |
        | the demo restaurant             | the last time of that day  |
        | the restaurant with closed days | the last time of that day  |

    @BOOK-042 @minor
    Scenario: Between lunch and dinner guests are welcome too
      Given the demo restaurant
      And a time between lunch and dinner with room for 2 guests
      When I book 2 guests for that time
      Then it is confirmed with a table within 60s
      And everything is stored as I asked

    @BOOK-057 @normal @uses.demo
    Scenario Outline: A single day open from <opens> to <closes> can be booked at <time>: <restaurant>
      Given <restaurant>
      And <day>
      And the restaurant is open from <opens> to <closes> on that day
      When I book 2 guests for <time> of that day
      Then it is confirmed with a table within 60s
      And it is booked for the time I asked for
      And its table is kept for its whole stay

      Examples:
        | restaurant                      | day                          | opens | closes | time  |
        | the demo restaurant             | a day with room for 2 guests | 12:00 | 23:30  | 21:15 |
        | the restaurant with closed days | a day on which it is closed  | 12:00 | 22:00  | 19:00 |

    @BOOK-059 @normal @uses.demo
    Scenario: A day on which another restaurant is closed takes bookings
      Given the demo restaurant
      And a day with room for 2 guests
      And the restaurant across the ocean is closed on that day
      When I book 2 guests for that time
      Then it is confirmed with a table within 60s
      And it is booked for the time I asked for

  Rule: Closed is closed
    @BOOK-043 @critical @regression.11
    Scenario: A closed weekday takes no bookings
      Given the restaurant with closed days
      And a day on which it is closed
      When I book 2 guests for that time
      Then it is refused because the restaurant is closed
      And nothing is stored

    @BOOK-044 @critical @regression.11 @uses.demo
    Scenario: A single day on which the restaurant is closed takes no bookings
      Given the demo restaurant
      And a day with room for 2 guests
      And the restaurant is closed on that day
      When I book 2 guests for that time
      Then it is refused because the restaurant is closed
      And nothing is stored

    @BOOK-045 @normal @uses.demo
    Scenario: A single day with hours of its own is booked by those hours
      Given the demo restaurant
      And a day with room for 2 guests
      And the restaurant is open from 12:00 to 16:00 on that day
      When I book 2 guests for 19:00 of that day
      Then it is refused because the time is not offered
      And the refusal names the first and the last time of that day
      And nothing is stored

    @BOOK-046 @normal @regression.13
    Scenario Outline: Guests can't book <moment>: <restaurant>
      Given <restaurant>
      And a day with room for 2 guests
      When I book 2 guests for <moment>
      Then it is refused because the time is not offered
      And the refusal names the first and the last time of that day
      And nothing is stored

      Examples:
        | restaurant                      | moment                                     |
        | the demo restaurant             | 03:00 of that day                          |
        | the demo restaurant             | a quarter of an hour before the first time |
        | the demo restaurant             | a quarter of an hour after the last time   |
        | the restaurant across the ocean | a quarter of an hour after the last time   |
        | the restaurant with closed days | a quarter of an hour after the last time   |
        | the demo restaurant             | five minutes after the first time          |
        | the demo restaurant             | seven minutes after the first time         |
        | the demo restaurant             | one minute before the last time            |

    @BOOK-047 @critical @uses.past_blocking
    Scenario: A day that is over can't be booked
      Given the demo restaurant
      And a day with room for 2 guests
      When I book 2 guests for the same time on the last day it was open
      Then it is refused because the time has passed
      And nothing is stored

    @BOOK-048 @normal @regression.14 @uses.demo @uses.past_blocking
    Scenario Outline: Earlier today can't be booked, later today can: <restaurant>
      Given <restaurant>
      And it is 17:30 at the restaurant
      When I book 2 guests today at 17:15
      Then it is refused because the time has passed
      And nothing is stored
      When I book 2 guests today at 19:00
      Then it is confirmed with a table within 60s

      Examples:
        | restaurant                      |
        | the demo restaurant             |
        | the restaurant across the ocean |

  Rule: What guests are offered are the opening hours
    @BOOK-053 @normal
    Scenario Outline: Exactly the times it is open are offered, each as lunch, dinner or drinks: <restaurant>, <day>
      Given <restaurant>
      And <day>
      Then the times offered are those of its opening hours
      And each is offered for what is served then

      Examples:
        | restaurant                      | day                          |
        | the demo restaurant             | a day with room for 2 guests |
        | the restaurant across the ocean | a day with room for 2 guests |
        | the restaurant with closed days | a day with room for 2 guests |
        | the restaurant with closed days | a day on which it is closed  |

    @BOOK-054 @normal @uses.demo
    Scenario Outline: A single day open from <opens> to <closes> offers exactly those times, each as lunch, dinner or drinks
      Given the demo restaurant
      And a day with room for 2 guests
      And the restaurant is open from <opens> to <closes> on that day
      Then the times offered are those of its opening hours
      And each is offered for what is served then

      Examples:
        | opens | closes |
        | 12:00 | 16:00  |
        | 15:00 | 23:30  |

    @BOOK-055 @minor
    Scenario: The restaurant is in the list of all restaurants
      Given the demo restaurant
      Then it is in the list of restaurants, with its time zone

    @BOOK-056 @normal
    Scenario Outline: The calendar of <restaurant> shows the days on which it is closed
      Given <restaurant>
      Then its calendar shows the days on which it is closed

      Examples:
        | restaurant                      |
        | the demo restaurant             |
        | the restaurant with closed days |

    @BOOK-058 @normal @uses.demo
    Scenario: The calendar shows a single day on which the restaurant is closed
      Given the demo restaurant
      And a day with room for 2 guests
      And the restaurant is closed on that day
      Then its calendar shows the days on which it is closed

  Rule: The restaurant's clock counts
    @BOOK-049 @critical @regression.14
    Scenario Outline: Bookings follow the clock of the restaurant: <restaurant>
      Given <restaurant>
      And a time with room for 2 guests
      When I book 2 guests for that time
      Then it is confirmed with a table within 60s
      And it is booked for the time I asked for
      And its table is kept for its whole stay

      Examples:
        | restaurant                      |
        | the demo restaurant             |
        | the restaurant across the ocean |

    @BOOK-050 @normal @regression.14 @uses.demo
    Scenario Outline: Tomorrow is the restaurant's tomorrow: it is <time> there
      Given <restaurant>
      And it is <time> at the restaurant
      When I book 2 guests tomorrow at 12:00
      Then it is confirmed with a table within 60s
      And it is booked for the time I asked for

      Examples:
        | restaurant                      | time  |
        | the demo restaurant             | 23:55 |
        | the demo restaurant             | 00:05 |
        | the restaurant across the ocean | 21:30 |

    @BOOK-051 @normal @regression.14
    Scenario Outline: The day on which clocks change in <season> is booked right: <restaurant>
      Given <restaurant>
      And the day its clocks change in <season>, with room for 2 guests
      When I book 2 guests for that time
      Then it is confirmed with a table within 60s
      And it is booked for the time I asked for
      And its table is kept for its whole stay

      Examples:
        | restaurant                      | season |
        | the demo restaurant             | spring |
        | the demo restaurant             | autumn |
        | the restaurant across the ocean | spring |
        | the restaurant across the ocean | autumn |

    @BOOK-170 @normal @regression.14 @uses.demo
    Scenario: A guest who names no day is shown the restaurant's today
      Given the restaurant across the ocean
      And it is 21:30 at the restaurant
      Then a guest who names no day is shown the restaurant's today
