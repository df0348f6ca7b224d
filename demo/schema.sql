-- The platform's tables, as far as a booking touches them, with the platform's own names (docs/platform.md, "Database").
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TYPE booking_status AS ENUM ('confirmed', 'pending', 'cancelled', 'completed', 'no_show', 'pending_allocation',
                                    'checked_in', 'PRIORITY_WAITLIST');
CREATE TYPE booking_assignment_state AS ENUM ('created', 'capacity_verified', 'assignment_pending',
                                              'assignment_in_progress', 'assigned', 'confirmed', 'failed', 'manual_review');
CREATE TYPE seating_preference_type AS ENUM ('any', 'indoor', 'outdoor', 'bar', 'window', 'quiet', 'booth');
CREATE TYPE table_category AS ENUM ('bar', 'dining', 'lounge', 'patio', 'private');
CREATE TYPE table_mobility AS ENUM ('movable', 'fixed');
CREATE TYPE table_seating_type AS ENUM ('standard', 'sofa', 'booth', 'high_top');
CREATE TYPE table_status AS ENUM ('available', 'reserved', 'occupied', 'out_of_service');
CREATE TYPE area_type AS ENUM ('indoor', 'outdoor', 'covered');
CREATE TYPE analytics_event_type AS ENUM ('booking.created', 'booking.cancelled', 'booking.allocated', 'booking.waitlisted');

CREATE TABLE restaurants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    timezone text NOT NULL DEFAULT 'Europe/London',
    capacity int CHECK (capacity > 0),
    contact_email text, contact_phone text, address text, booking_policy text, logo_url text, google_map_url text,
    reservation_interval_minutes int NOT NULL DEFAULT 15 CHECK (reservation_interval_minutes BETWEEN 1 AND 180),
    reservation_default_duration_minutes int NOT NULL DEFAULT 90,
    reservation_last_seating_buffer_minutes int NOT NULL DEFAULT 120,
    is_active boolean NOT NULL DEFAULT true
);

CREATE TABLE booking_occasions (
    key text PRIMARY KEY,
    label text NOT NULL,
    short_label text NOT NULL,
    description text,
    availability jsonb NOT NULL DEFAULT '[]',
    default_duration_minutes smallint NOT NULL DEFAULT 90,
    display_order smallint NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true
);

CREATE TABLE restaurant_operating_hours (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    day_of_week smallint CHECK (day_of_week BETWEEN 0 AND 6),
    effective_date date,
    opens_at time, closes_at time,
    is_closed boolean NOT NULL DEFAULT false,
    notes text,
    CHECK (day_of_week IS NOT NULL OR effective_date IS NOT NULL),
    CHECK (is_closed OR opens_at < closes_at)
);

CREATE TABLE restaurant_service_periods (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    name text NOT NULL,
    day_of_week smallint,
    start_time time NOT NULL, end_time time NOT NULL,
    booking_option text NOT NULL DEFAULT 'drinks' REFERENCES booking_occasions,
    CHECK (start_time < end_time)
);

CREATE TABLE zones (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    name text NOT NULL CHECK (btrim(name) <> ''),
    sort_order smallint NOT NULL DEFAULT 0,
    area_type area_type NOT NULL DEFAULT 'indoor'
);
CREATE UNIQUE INDEX zones_name ON zones (restaurant_id, lower(name));

CREATE TABLE allowed_capacities (
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    capacity smallint NOT NULL CHECK (capacity > 0),
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (restaurant_id, capacity)
);

CREATE TABLE table_inventory (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    zone_id uuid NOT NULL REFERENCES zones ON DELETE RESTRICT,
    table_number text NOT NULL,
    capacity smallint NOT NULL,
    min_party_size int NOT NULL DEFAULT 1 CHECK (min_party_size > 0),
    max_party_size int CHECK (max_party_size >= min_party_size),
    section text,
    category table_category NOT NULL DEFAULT 'dining',
    seating_type table_seating_type NOT NULL DEFAULT 'standard',
    mobility table_mobility NOT NULL DEFAULT 'movable',
    status table_status NOT NULL DEFAULT 'available',
    active boolean NOT NULL DEFAULT true,
    position jsonb, notes text,
    UNIQUE (restaurant_id, table_number),
    FOREIGN KEY (restaurant_id, capacity) REFERENCES allowed_capacities
);

CREATE TABLE customers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    full_name text NOT NULL,
    email text NOT NULL CHECK (email = lower(email)),
    phone text NOT NULL CHECK (length(phone) BETWEEN 7 AND 20),
    email_normalized text GENERATED ALWAYS AS (lower(btrim(email))) STORED,
    phone_normalized text GENERATED ALWAYS AS (regexp_replace(phone, '\D', '', 'g')) STORED,
    marketing_opt_in boolean NOT NULL DEFAULT false,
    auth_user_id uuid, user_profile_id uuid, notes text,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    -- The telling column first: the embedded server has no statistics, and takes the first index that looks as good.
    UNIQUE (email_normalized, restaurant_id),
    UNIQUE (phone_normalized, restaurant_id)
);

CREATE TABLE bookings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    customer_id uuid NOT NULL REFERENCES customers ON DELETE RESTRICT,
    booking_date date NOT NULL,
    start_time time NOT NULL, end_time time NOT NULL,
    start_at timestamptz, end_at timestamptz CHECK (start_at < end_at),
    party_size int NOT NULL CHECK (party_size > 0),
    booking_type text NOT NULL DEFAULT 'dinner' REFERENCES booking_occasions,
    seating_preference seating_preference_type NOT NULL DEFAULT 'any',
    status booking_status NOT NULL DEFAULT 'confirmed',
    customer_name text NOT NULL, customer_email text NOT NULL, customer_phone text NOT NULL,
    notes text,
    reference text NOT NULL UNIQUE CHECK (length(reference) = 10),
    source text NOT NULL DEFAULT 'web',
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    idempotency_key text,
    client_request_id text NOT NULL DEFAULT gen_random_uuid()::text,
    pending_ref text,
    details jsonb,
    marketing_opt_in boolean NOT NULL DEFAULT false,
    confirmation_token varchar(64) UNIQUE,
    confirmation_token_expires_at timestamptz, confirmation_token_used_at timestamptz,
    auth_user_id uuid,
    checked_in_at timestamptz, checked_out_at timestamptz CHECK (checked_out_at >= checked_in_at),
    loyalty_points_awarded int NOT NULL DEFAULT 0,
    assigned_zone_id uuid REFERENCES zones ON DELETE SET NULL,
    auto_assign_idempotency_key text,
    auto_assign_last_result jsonb,
    assignment_state booking_assignment_state NOT NULL DEFAULT 'created',
    assignment_state_version int NOT NULL DEFAULT 1,
    assignment_strategy text,
    table_id uuid REFERENCES table_inventory
);
-- The telling column first, as above.
CREATE INDEX bookings_key ON bookings (idempotency_key, restaurant_id);
CREATE INDEX bookings_contact ON bookings (lower(customer_email), restaurant_id);
CREATE INDEX bookings_day ON bookings (booking_date, restaurant_id);

CREATE TABLE booking_slots (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    slot_date date NOT NULL, slot_time time NOT NULL,
    service_period_id uuid,
    available_capacity int NOT NULL DEFAULT 999, reserved_count int NOT NULL DEFAULT 0,
    version int NOT NULL DEFAULT 1,
    UNIQUE (restaurant_id, slot_date, slot_time),
    CHECK (reserved_count <= available_capacity)
);

CREATE TABLE allocations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    booking_id uuid REFERENCES bookings ON DELETE CASCADE,
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    resource_type text NOT NULL CHECK (resource_type IN ('table', 'hold', 'merge_group')),
    resource_id uuid NOT NULL,
    "window" tstzrange NOT NULL,
    shadow boolean NOT NULL DEFAULT false,
    is_maintenance boolean NOT NULL DEFAULT false,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT allocations_booking_resource_key UNIQUE (booking_id, resource_type, resource_id),
    CONSTRAINT allocations_no_overlap EXCLUDE USING gist
        (restaurant_id WITH =, resource_type WITH =, resource_id WITH =, "window" WITH &&)
        WHERE (NOT shadow) DEFERRABLE
);

CREATE TABLE booking_table_assignments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    booking_id uuid NOT NULL REFERENCES bookings ON DELETE CASCADE,
    table_id uuid NOT NULL REFERENCES table_inventory ON DELETE RESTRICT,
    slot_id uuid REFERENCES booking_slots,
    assigned_at timestamptz NOT NULL DEFAULT now(),
    assigned_by uuid, notes text, idempotency_key text,
    start_at timestamptz, end_at timestamptz,
    -- Without a window a row takes no time: an unbounded range would block its table for ever.
    assignment_window tstzrange GENERATED ALWAYS AS
        (CASE WHEN start_at IS NOT NULL AND end_at IS NOT NULL THEN tstzrange(start_at, end_at, '[)') END) STORED,
    allocation_id uuid REFERENCES allocations ON DELETE SET NULL,
    merge_group_id uuid REFERENCES allocations ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (booking_id, table_id),
    UNIQUE (table_id, slot_id),
    CONSTRAINT no_overlapping_table_assignments EXCLUDE USING gist (table_id WITH =, assignment_window WITH &&)
);

CREATE TABLE table_holds (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    restaurant_id uuid NOT NULL REFERENCES restaurants ON DELETE CASCADE,
    booking_id uuid REFERENCES bookings ON DELETE SET NULL,
    zone_id uuid NOT NULL REFERENCES zones,
    start_at timestamptz NOT NULL, end_at timestamptz NOT NULL CHECK (start_at < end_at),
    expires_at timestamptz NOT NULL CHECK (expires_at >= end_at),
    created_by text, metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE table_hold_members (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    hold_id uuid NOT NULL REFERENCES table_holds ON DELETE CASCADE,
    table_id uuid NOT NULL REFERENCES table_inventory,
    UNIQUE (hold_id, table_id)
);

CREATE TABLE booking_state_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booking_id uuid NOT NULL REFERENCES bookings ON DELETE CASCADE,
    from_status booking_status, to_status booking_status NOT NULL,
    changed_by uuid, changed_at timestamptz NOT NULL DEFAULT now(),
    reason text, metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE booking_assignment_state_history (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    booking_id uuid NOT NULL REFERENCES bookings ON DELETE CASCADE,
    from_state booking_assignment_state, to_state booking_assignment_state NOT NULL,
    reason text, metadata jsonb NOT NULL DEFAULT '{}', actor_id uuid, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE booking_assignment_idempotency (
    booking_id uuid NOT NULL REFERENCES bookings ON DELETE CASCADE,
    idempotency_key text NOT NULL,
    table_ids uuid[] NOT NULL,
    assignment_window tstzrange NOT NULL,
    merge_group_allocation_id uuid,
    table_set_hash text, payload_checksum text, expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (booking_id, idempotency_key)
);
CREATE UNIQUE INDEX booking_assignment_table_set ON booking_assignment_idempotency (booking_id, table_set_hash)
    WHERE table_set_hash IS NOT NULL;
CREATE TABLE booking_confirmation_results (
    booking_id uuid NOT NULL REFERENCES bookings ON DELETE CASCADE,
    hold_id uuid NOT NULL UNIQUE,
    restaurant_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    table_ids uuid[] NOT NULL,
    assignment_window tstzrange NOT NULL,
    actor_id uuid, metadata jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (booking_id, idempotency_key)
);
CREATE TABLE observability_events (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    source text NOT NULL, event_type text NOT NULL,
    severity text NOT NULL DEFAULT 'info' CHECK (severity IN ('info', 'warning', 'error', 'critical')),
    context jsonb,
    restaurant_id uuid, booking_id uuid REFERENCES bookings ON DELETE SET NULL
);
CREATE INDEX observability_events_booking ON observability_events (booking_id, created_at);
CREATE TABLE capacity_outbox (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'done', 'dead')),
    event_type text NOT NULL, dedupe_key text,
    attempt_count int NOT NULL DEFAULT 0, next_attempt_at timestamptz,
    restaurant_id uuid, booking_id uuid, idempotency_key text, payload jsonb,
    UNIQUE (event_type, dedupe_key)
);
CREATE TABLE audit_logs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    entity text NOT NULL, entity_id text NOT NULL, action text NOT NULL, actor text,
    metadata jsonb, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE analytics_events (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    event_type analytics_event_type NOT NULL, schema_version text NOT NULL DEFAULT '1',
    restaurant_id uuid, booking_id uuid, customer_id uuid, emitted_by text NOT NULL DEFAULT 'server',
    payload jsonb, occurred_at timestamptz NOT NULL DEFAULT now(), created_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION set_booking_instants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE zone text;
BEGIN
    SELECT timezone INTO zone FROM restaurants WHERE id = NEW.restaurant_id;
    NEW.start_at := (NEW.booking_date + NEW.start_time) AT TIME ZONE zone;
    NEW.end_at := (NEW.booking_date + NEW.end_time
                   + CASE WHEN NEW.end_time <= NEW.start_time THEN interval '1 day' ELSE interval '0' END) AT TIME ZONE zone;
    RETURN NEW;
END $$;
CREATE TRIGGER bookings_set_instants BEFORE INSERT OR UPDATE OF booking_date, start_time, end_time, restaurant_id
    ON bookings FOR EACH ROW EXECUTE FUNCTION set_booking_instants();

CREATE FUNCTION require_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM booking_table_assignments WHERE booking_id = NEW.id) THEN
        RAISE EXCEPTION 'booking % cannot be confirmed without a table', NEW.id USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booking_assignment_validation BEFORE UPDATE OF status ON bookings FOR EACH ROW
    WHEN (NEW.status = 'confirmed' AND OLD.status IS DISTINCT FROM 'confirmed') EXECUTE FUNCTION require_assignment();

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$;
CREATE TRIGGER bookings_updated BEFORE UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- Who may do what. The platform owns its tables; the observer reads; the plain reader shows what row-level security hides.
CREATE ROLE booking_platform LOGIN;
CREATE ROLE booking_observer LOGIN BYPASSRLS;
CREATE ROLE booking_app_reader LOGIN;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER TABLE %I OWNER TO booking_platform', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['bookings', 'booking_table_assignments', 'table_inventory', 'zones', 'allocations',
                                'customers', 'table_holds', 'table_hold_members', 'restaurant_operating_hours',
                                'restaurant_service_periods', 'capacity_outbox', 'booking_confirmation_results'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA public TO booking_observer, booking_app_reader;
GRANT USAGE, CREATE ON SCHEMA public TO booking_platform;
GRANT SELECT ON bookings, booking_table_assignments, table_inventory, zones, allocations, table_holds,
    table_hold_members, booking_state_history, booking_assignment_state_history, observability_events, capacity_outbox,
    restaurants, restaurant_operating_hours, restaurant_service_periods, booking_occasions
    TO booking_observer, booking_app_reader;
GRANT SELECT ON customers, booking_assignment_idempotency TO booking_observer;
