"""The demo's restaurants (docs/demo.md, "Restaurants"): rows only, no logic."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg

from demo.postgres import Prepared

SCHEMA = Path(__file__).with_name("schema.sql")
DEMO_RESTAURANT_ID = "8dcb19c3-d767-4993-9b91-4655a4d95921"
ROLES = ("booking_platform", "booking_observer", "booking_app_reader")

OCCASIONS = (
    ("lunch", "Lunch", 90, 0),
    ("dinner", "Dinner", 120, 1),
    ("drinks", "Drinks", 75, 2),
    ("christmas_party", "Christmas party", 150, 3),
    ("curry_and_carols", "Curry and carols", 150, 4),
)
"""key, label, minutes, order."""

RESTAURANTS = f"""
INSERT INTO restaurants (id, name, slug, timezone, capacity, reservation_last_seating_buffer_minutes) VALUES
    ('{DEMO_RESTAURANT_ID}', 'Demo Restaurant', 'demo-restaurant', 'Europe/London', 54, 120),
    ('8dcb19c3-d767-4993-9b91-4655a4d95922', 'Demo Across the Ocean', 'demo-overseas', 'America/New_York', 24, 120),
    ('8dcb19c3-d767-4993-9b91-4655a4d95923', 'Demo Closed on Mondays', 'demo-closed-days', 'Europe/London', 24, 150),
    ('8dcb19c3-d767-4993-9b91-4655a4d95924', 'Demo Large Tables', 'demo-large-tables', 'Europe/London', 54, 120),
    ('8dcb19c3-d767-4993-9b91-4655a4d95925', 'Demo Few Tables', 'demo-few-tables', 'Europe/London', 12, 120);
"""
HOURS = """
INSERT INTO restaurant_operating_hours (restaurant_id, day_of_week, opens_at, closes_at, is_closed)
SELECT r.id, day, CASE WHEN NOT shut THEN '12:00'::time END, CASE WHEN NOT shut THEN '22:00'::time END, shut
  FROM restaurants r, generate_series(0, 6) AS day,
       LATERAL (SELECT r.slug = 'demo-closed-days' AND day IN (1, 2) AS shut) AS s;
"""
"""Weekdays from 0 = Sunday; the third restaurant is closed on Mondays and Tuesdays."""

PERIODS = """
INSERT INTO restaurant_service_periods (restaurant_id, name, start_time, end_time, booking_option)
SELECT r.id, p.name, p.since::time, p.until::time, p.option FROM restaurants r,
    (VALUES ('Lunch', '12:00', '15:00', 'lunch'), ('Dinner', '17:00', '22:00', 'dinner'))
    AS p(name, since, until, option);
"""
TABLES = f"""
INSERT INTO allowed_capacities (restaurant_id, capacity)
SELECT r.id, seats FROM restaurants r, unnest(ARRAY[2, 4, 6, 8, 10]) AS seats;
INSERT INTO zones (restaurant_id, name, sort_order, area_type)
SELECT r.id, z.name, z.ordinal, z.area::area_type FROM restaurants r,
    (VALUES ('Dining room', 0, 'indoor'), ('Terrace', 1, 'outdoor'), ('Conservatory', 2, 'indoor'))
    AS z(name, ordinal, area)
 WHERE z.ordinal < CASE WHEN r.slug = 'demo-large-tables' THEN 3 ELSE 2 END;
-- The demo restaurant: 16 movable tables, five for two and eleven for four; every third one stands on the terrace.
INSERT INTO table_inventory (restaurant_id, zone_id, table_number, capacity)
SELECT z.restaurant_id, z.id, 'T' || lpad(n::text, 2, '0'), CASE WHEN n <= 5 THEN 2 ELSE 4 END
  FROM generate_series(1, 16) AS n
  JOIN zones z ON z.restaurant_id = '{DEMO_RESTAURANT_ID}' AND z.sort_order = CASE WHEN n % 3 = 0 THEN 1 ELSE 0 END;
-- Two smaller houses with eight tables each, one with four, and one with large tables in three zones.
INSERT INTO table_inventory (restaurant_id, zone_id, table_number, capacity)
SELECT r.id, z.id, 'T' || lpad(n::text, 2, '0'), CASE WHEN n <= 4 THEN 2 ELSE 4 END
  FROM restaurants r CROSS JOIN generate_series(1, 8) AS n
  JOIN zones z ON z.restaurant_id = r.id AND z.sort_order = n % 2
 WHERE r.slug IN ('demo-overseas', 'demo-closed-days') OR r.slug = 'demo-few-tables' AND n BETWEEN 3 AND 6;
-- The house with few tables has six more that nobody can be given: four are broken, two put away.
INSERT INTO table_inventory (restaurant_id, zone_id, table_number, capacity, status, active)
SELECT r.id, z.id, 'T' || lpad(n::text, 2, '0'), 4,
       CASE WHEN n <= 10 THEN 'out_of_service'::table_status ELSE 'available' END, n <= 10
  FROM restaurants r CROSS JOIN generate_series(7, 12) AS n
  JOIN zones z ON z.restaurant_id = r.id AND z.sort_order = 0
 WHERE r.slug = 'demo-few-tables';
-- The largest of the large tables is fixed to the floor: it is joined with no other.
INSERT INTO table_inventory (restaurant_id, zone_id, table_number, capacity, mobility)
SELECT r.id, z.id, 'T' || lpad(t.n::text, 2, '0'), t.seats,
       CASE WHEN t.seats = 10 THEN 'fixed'::table_mobility ELSE 'movable' END
  FROM restaurants r CROSS JOIN unnest(ARRAY[2,2,2,2,4,4,4,4,6,6,8,10]) WITH ORDINALITY AS t(seats, n)
  JOIN zones z ON z.restaurant_id = r.id AND z.sort_order = t.n % 3
 WHERE r.slug = 'demo-large-tables';
"""


def prepared() -> Prepared:
    """Return schema and seed, keyed by their text."""
    schema = SCHEMA.read_text(encoding="utf-8")
    seed = (RESTAURANTS, HOURS, PERIODS, TABLES)
    key = hashlib.sha256("".join((schema, *seed, repr(OCCASIONS))).encode()).hexdigest()[:16]

    def apply(dsn: str) -> None:
        with psycopg.connect(dsn) as connection:
            connection.execute(schema)
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO booking_occasions (key, label, short_label, default_duration_minutes, display_order) "
                    "VALUES (%s, %s, %s, %s, %s)",
                    [(key, label, label, minutes, order) for key, label, minutes, order in OCCASIONS],
                )
            for statements in seed:
                connection.execute(statements)

    return Prepared(key, apply)
