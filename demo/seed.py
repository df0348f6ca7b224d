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

SEED = f"""
INSERT INTO restaurants (id, name, slug, timezone, capacity)
VALUES ('{DEMO_RESTAURANT_ID}', 'Demo Restaurant', 'demo-restaurant', 'Europe/London', 54);
INSERT INTO restaurant_operating_hours (restaurant_id, day_of_week, opens_at, closes_at)
SELECT r.id, day, '12:00', '22:00' FROM restaurants r, generate_series(0, 6) AS day;
INSERT INTO restaurant_service_periods (restaurant_id, name, start_time, end_time, booking_option)
SELECT r.id, p.name, p.since::time, p.until::time, p.option FROM restaurants r,
    (VALUES ('Lunch', '12:00', '15:00', 'lunch'), ('Dinner', '17:00', '22:00', 'dinner'))
    AS p(name, since, until, option);
INSERT INTO zones (id, restaurant_id, name, sort_order, area_type) VALUES
    ('a0000000-0000-4000-8000-000000000001', '{DEMO_RESTAURANT_ID}', 'Dining room', 0, 'indoor'),
    ('a0000000-0000-4000-8000-000000000002', '{DEMO_RESTAURANT_ID}', 'Terrace', 1, 'outdoor');
INSERT INTO allowed_capacities (restaurant_id, capacity)
SELECT r.id, seats FROM restaurants r, unnest(ARRAY[2, 4, 6, 8, 10]) AS seats;
-- 16 movable tables, five for two and eleven for four; every third one stands on the terrace.
INSERT INTO table_inventory (restaurant_id, zone_id, table_number, capacity)
SELECT '{DEMO_RESTAURANT_ID}',
       CASE WHEN n % 3 = 0 THEN 'a0000000-0000-4000-8000-000000000002'
            ELSE 'a0000000-0000-4000-8000-000000000001' END::uuid,
       'T' || lpad(n::text, 2, '0'), CASE WHEN n <= 5 THEN 2 ELSE 4 END
  FROM generate_series(1, 16) AS n;
"""


def prepared() -> Prepared:
    """Schema and seed, keyed by their text."""
    schema = SCHEMA.read_text(encoding="utf-8")
    key = hashlib.sha256((schema + SEED + repr(OCCASIONS)).encode()).hexdigest()[:16]

    def apply(dsn: str) -> None:
        with psycopg.connect(dsn) as connection:
            connection.execute(schema)
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO booking_occasions (key, label, short_label, default_duration_minutes, display_order) "
                    "VALUES (%s, %s, %s, %s, %s)",
                    [(key, label, label, minutes, order) for key, label, minutes, order in OCCASIONS],
                )
            connection.execute(SEED)

    return Prepared(key, apply)
