-- What consumers need to know of an event beyond its row: who did it, to which message. Never a text: an event may wait
-- while its message is redacted. NULL: nothing, or an event of an earlier release.
ALTER TABLE outbox ADD COLUMN details jsonb;
ALTER TABLE consumer_events ADD COLUMN details jsonb;
ALTER TABLE quarantined_events ADD COLUMN details jsonb;

-- The message that a payload carries. Where it is edited or redacted, the payloads of the queue and the log change too.
ALTER TABLE webhook_deliveries ADD COLUMN message_id uuid;
CREATE INDEX webhook_deliveries_by_conversation ON webhook_deliveries (project_id, conversation_id, message_id)
    WHERE conversation_id IS NOT NULL;
