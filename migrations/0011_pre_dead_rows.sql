-- The janitor looks for rows that are given up, or name a changer who goes, without reading the others.
CREATE INDEX consumer_events_dead ON consumer_events (created_at) WHERE dead IS NOT NULL;
CREATE INDEX quarantined_events_dead ON quarantined_events (created_at) WHERE dead IS NOT NULL;
CREATE INDEX canned_responses_by_changer ON canned_responses (changed_by) WHERE changed_by IS NOT NULL;
-- A queue, as the outbox is: its dead tuples are removed by their number, not by a share of the table.
ALTER TABLE consumer_events SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
