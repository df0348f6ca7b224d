"""The questions the suite asks the platform's database: SELECT only. What they rely on is restated in
docs/platform.md, "Database".
"""

from __future__ import annotations

from typing import LiteralString

NEEDED = ("bookings", "booking_table_assignments", "table_inventory", "zones", "restaurants")
HELPFUL = (
    "observability_events",
    "booking_state_history",
    "allocations",
    "table_holds",
    "table_hold_members",
    "booking_occasions",
    "restaurant_operating_hours",
    "restaurant_service_periods",
    "customers",
    "capacity_outbox",
    "booking_assignment_idempotency",
)

_TABLES_OF_BOOKING: LiteralString = """
    SELECT coalesce(json_agg(json_build_object(
               'table_id', a.table_id, 'number', i.table_number, 'capacity', i.capacity,
               'zone_id', i.zone_id, 'zone', z.name, 'area', z.area_type,
               'start_at', a.start_at, 'end_at', a.end_at, 'merge_group_id', a.merge_group_id,
               'restaurant_id', i.restaurant_id,
               'in_service', i.active AND i.status::text <> 'out_of_service'
           ) ORDER BY i.table_number), '[]'::json)
      FROM booking_table_assignments a
      LEFT JOIN table_inventory i ON i.id = a.table_id
      LEFT JOIN zones z ON z.id = i.zone_id
     WHERE a.booking_id = b.id"""

BOOKING_COLUMNS: LiteralString = f"""
    b.id, b.restaurant_id, b.status::text AS status, b.reference, b.booking_date, b.start_time, b.end_time,
    b.start_at, b.end_at, b.party_size, b.booking_type, b.seating_preference::text AS seating_preference,
    b.customer_name, b.customer_email, b.customer_phone, b.notes, b.marketing_opt_in, b.idempotency_key,
    b.details, b.auto_assign_last_result, b.created_at, b.updated_at, ({_TABLES_OF_BOOKING}) AS tables"""

LOOK: LiteralString = f"SELECT {BOOKING_COLUMNS} FROM bookings b WHERE b.id = %(id)s"

HISTORY: LiteralString = """
    (SELECT json_agg(json_build_object('from_status', h.from_status, 'to_status', h.to_status,
                                       'at', h.changed_at, 'reason', h.reason) ORDER BY h.changed_at, h.id)
       FROM booking_state_history h WHERE h.booking_id = b.id)"""
EVENTS: LiteralString = """
    (SELECT json_agg(json_build_object('at', e.created_at, 'source', e.source, 'type', e.event_type,
                                       'context', e.context) ORDER BY e.created_at)
       FROM observability_events e WHERE e.booking_id = b.id)"""

FIND_BY_KEY: LiteralString = f"""
    SELECT {BOOKING_COLUMNS} FROM bookings b
     WHERE b.restaurant_id = %(restaurant_id)s AND b.idempotency_key = %(key)s
     ORDER BY b.created_at"""

REREAD: LiteralString = f"SELECT {BOOKING_COLUMNS} FROM bookings b WHERE b.id = ANY(%(ids)s)"

OF_DAY: LiteralString = f"""
    SELECT {BOOKING_COLUMNS} FROM bookings b
     WHERE b.restaurant_id = %(restaurant_id)s AND b.booking_date = %(date)s ORDER BY b.created_at"""

OF_GUEST: LiteralString = f"""
    SELECT {BOOKING_COLUMNS} FROM bookings b
     WHERE b.customer_email = ANY(%(emails)s) OR b.idempotency_key = ANY(%(keys)s) OR b.id = ANY(%(ids)s)
     ORDER BY b.created_at"""

OF_STRANGERS: LiteralString = f"""
    SELECT {BOOKING_COLUMNS} FROM bookings b
     WHERE b.restaurant_id = ANY(%(restaurants)s) AND b.customer_email NOT LIKE %(test_guests)s
       AND b.created_at >= (SELECT min(created_at) FROM bookings WHERE id = ANY(%(ids)s)) ORDER BY b.created_at"""

HELD_FOR_NOBODY: LiteralString = """
    SELECT i.table_number AS number FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id
      JOIN table_inventory i ON i.id = m.table_id LEFT JOIN bookings b ON b.id = h.booking_id
     WHERE h.restaurant_id = ANY(%(restaurants)s)
       AND (b.id IS NULL OR b.status::text <> ALL(%(blocking)s))
       AND h.created_at >= (SELECT min(created_at) FROM bookings WHERE id = ANY(%(ids)s)) ORDER BY 1"""
ALLOCATED_FOR: LiteralString = """
    SELECT booking_id, id, restaurant_id, resource_id, resource_type, lower("window") AS start_at,
           upper("window") AS end_at
      FROM allocations
     WHERE booking_id = ANY(%(ids)s) AND resource_type IN ('table', 'merge_group') AND NOT shadow"""
HELD_FOR: LiteralString = """
    SELECT h.booking_id, h.id, h.restaurant_id, m.table_id AS resource_id, 'on_hold' AS resource_type, h.start_at,
           h.end_at
      FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id WHERE h.booking_id = ANY(%(ids)s)"""

HISTORIES: LiteralString = f"SELECT b.id AS booking_id, {HISTORY} AS history FROM bookings b WHERE b.id = ANY(%(ids)s)"
PASSED_ON: LiteralString = """
    SELECT booking_id, event_type, count(*) AS times FROM capacity_outbox
     WHERE booking_id = ANY(%(ids)s) GROUP BY 1, 2"""
LEDGER: LiteralString = """
    SELECT booking_id, count(*) AS sets FROM booking_assignment_idempotency
     WHERE booking_id = ANY(%(ids)s) GROUP BY 1"""

# As JSON: what a column lacks on one platform is not checked there.
CUSTOMERS: LiteralString = """
    SELECT b.id AS booking_id, to_jsonb(c) || jsonb_build_object('account', to_jsonb(b) -> 'auth_user_id',
                                                               'arrived', to_jsonb(b) -> 'checked_in_at') AS customer
      FROM bookings b JOIN customers c ON c.id = b.customer_id
     WHERE b.id = ANY(%(ids)s)"""
KNOWS_GUEST: LiteralString = "SELECT EXISTS (SELECT 1 FROM customers WHERE email = %(email)s) AS known"
HOURS: LiteralString = """
    SELECT asked.date, to_jsonb(h) AS hours, to_jsonb(r) AS restaurant
      FROM unnest(%(dates)s::date[]) AS asked (date)
      JOIN restaurants r ON r.id = %(restaurant_id)s
      LEFT JOIN LATERAL (
           SELECT * FROM restaurant_operating_hours
            WHERE restaurant_id = r.id
              AND (effective_date = asked.date OR effective_date IS NULL AND day_of_week = extract(dow FROM asked.date))
            ORDER BY effective_date NULLS LAST LIMIT 1) h ON true"""
SERVICE_PERIODS: LiteralString = """
    SELECT to_jsonb(p) AS period FROM restaurant_service_periods p WHERE p.restaurant_id = %(restaurant_id)s"""
GUESTS_AMONG: LiteralString = """
    SELECT DISTINCT customer_email AS email FROM bookings WHERE customer_email = ANY(%(emails)s)"""

STAYS: LiteralString = "SELECT key, default_duration_minutes AS minutes FROM booking_occasions"

RESTAURANT: LiteralString = """
    SELECT id, slug, name, timezone FROM restaurants
     WHERE CASE WHEN %(id)s::uuid IS NULL THEN slug = %(slug)s ELSE id = %(id)s::uuid END"""

INVENTORY: LiteralString = """
    SELECT i.id, i.table_number AS number, i.capacity, i.zone_id, z.name AS zone, z.area_type::text AS area,
           i.mobility::text = 'movable' AS movable
      FROM table_inventory i JOIN zones z ON z.id = i.zone_id
     WHERE i.restaurant_id = %(restaurant_id)s AND i.active AND i.status::text <> 'out_of_service'
     ORDER BY i.table_number"""

ASSIGNED: LiteralString = """
    SELECT a.table_id, a.start_at, a.end_at, 'assignment' AS kind, a.booking_id, b.status::text AS status,
           coalesce(b.customer_email LIKE %(test_guests)s, false) AS by_tests
      FROM booking_table_assignments a JOIN bookings b ON b.id = a.booking_id
     WHERE b.restaurant_id = %(restaurant_id)s AND a.start_at < %(until)s AND a.end_at > %(since)s"""
ALLOCATED: LiteralString = """
    SELECT l.resource_id, lower(l."window"), upper(l."window"), 'allocation', l.booking_id, b.status::text,
           coalesce(b.customer_email LIKE %(test_guests)s, false)
      FROM allocations l LEFT JOIN bookings b ON b.id = l.booking_id
     WHERE l.restaurant_id = %(restaurant_id)s AND l.resource_type = 'table' AND NOT l.shadow
       AND l."window" && tstzrange(%(since)s, %(until)s)"""
HELD: LiteralString = """
    SELECT m.table_id, h.start_at, h.end_at, 'hold', h.booking_id, b.status::text,
           coalesce(b.customer_email LIKE %(test_guests)s, false)
      FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id LEFT JOIN bookings b ON b.id = h.booking_id
     WHERE h.restaurant_id = %(restaurant_id)s AND h.start_at < %(until)s AND h.end_at > %(since)s"""

ACCESS: LiteralString = """
    SELECT name, to_regclass(name) IS NOT NULL AS there,
           coalesce(has_table_privilege(to_regclass(name), 'SELECT'), false) AS granted,
           coalesce(row_security_active(to_regclass(name)), false) AS filtered,
           EXISTS (SELECT 1 FROM pg_policies p
                    WHERE to_regclass(quote_ident(p.schemaname) || '.' || quote_ident(p.tablename)) = to_regclass(name)
                      AND p.permissive = 'PERMISSIVE' AND p.cmd IN ('ALL', 'SELECT') AND p.qual = 'true'
                      AND (p.roles && ARRAY['public', current_user]::name[])) AS opened
      FROM unnest(%(names)s::text[]) AS name"""
