-- The audit log by months, first of three steps. Ids are UUIDv7, so a month is a range of ids. The table as it is will be
-- the partition of all that came before, of this month and of the next. That it holds nothing else is said here, and
-- proved in the next step beside readers and writers, so that the third attaches it without reading it.
CREATE FUNCTION audit_log_bound(month timestamp) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM month) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Entries of other times, by a server with a wrong clock.
CREATE TABLE audit_log_default (LIKE audit_log INCLUDING ALL);
DO $$
DECLARE
    bound uuid := audit_log_bound(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months');
BEGIN
    EXECUTE format('ALTER TABLE audit_log ADD CONSTRAINT audit_log_bound CHECK (id < %L) NOT VALID', bound);
    WITH later AS (DELETE FROM audit_log WHERE id >= bound RETURNING *)
    INSERT INTO audit_log_default SELECT * FROM later;
END
$$;
