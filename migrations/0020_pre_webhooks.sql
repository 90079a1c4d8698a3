-- Webhooks: addresses of a project's integrations, and what each was sent. kinds: of outbox, those that may become one
-- of `events`. sealed: its secrets and headers; the secret before signs too until previous_until.
CREATE TABLE webhooks (
    project_id      uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id              uuid        NOT NULL,
    url             text        NOT NULL CHECK (char_length(url) BETWEEN 1 AND 2000),
    description     text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 200),
    events          text[]      NOT NULL CHECK (cardinality(events) BETWEEN 1 AND 100),
    kinds           text[]      NOT NULL,
    sealed          bytea       NOT NULL,
    ordered         boolean     NOT NULL DEFAULT true, -- an event of a conversation waits for the one before
    active          boolean     NOT NULL DEFAULT true,
    disabled        text        CHECK (disabled IN ('failing', 'gone')), -- why Parley has switched it off
    previous_until  timestamptz,
    failures        integer     NOT NULL DEFAULT 0, -- in a row
    failing_since   timestamptz,
    paused_until    timestamptz, -- the circuit breaker
    version         integer     NOT NULL DEFAULT 1, -- counts the changes
    created_at      timestamptz NOT NULL DEFAULT now(),
    changed_at      timestamptz NOT NULL DEFAULT now(),
    changed_by      uuid        REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX webhooks_active ON webhooks (project_id) WHERE active;
CREATE INDEX webhooks_by_changer ON webhooks (changed_by) WHERE changed_by IS NOT NULL;

-- One row per event and webhook: the queue and the log. The id is derived from both, so that it is the same in every
-- attempt and replay. attempts: a JSON array of the last ones.
CREATE TABLE webhook_deliveries (
    project_id      uuid        NOT NULL,
    webhook_id      uuid        NOT NULL,
    id              uuid        NOT NULL,
    event_id        uuid        NOT NULL,
    event_number    bigint      NOT NULL, -- of the outbox: the order of a conversation's events
    position        smallint    NOT NULL DEFAULT 0, -- among the deliveries of one event
    event           text        NOT NULL,
    conversation_id uuid,
    payload         text        NOT NULL,
    state           text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'delivered', 'dead')),
    tries           integer     NOT NULL DEFAULT 0,
    replays         integer     NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    attempts        jsonb       NOT NULL DEFAULT '[]',
    PRIMARY KEY (project_id, webhook_id, id),
    FOREIGN KEY (project_id, webhook_id) REFERENCES webhooks ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (project_id, webhook_id, due_at) WHERE state = 'queued';
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (project_id, webhook_id, conversation_id, event_number,
    position)
    WHERE state = 'queued';
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (project_id, webhook_id, created_at, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (created_at) WHERE state <> 'queued';
ALTER TABLE webhook_deliveries SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);

-- The number of an event in the outbox: commits of one conversation wait for each other, so its numbers are in order.
ALTER TABLE consumer_events ADD COLUMN event_number bigint NOT NULL DEFAULT 0;
ALTER TABLE quarantined_events ADD COLUMN event_number bigint NOT NULL DEFAULT 0;

-- A delivery waits for earlier events of its conversation that have no delivery yet.
CREATE INDEX consumer_events_in_order ON consumer_events (project_id, consumer, subscriber_id, conversation_id, event_number)
    WHERE dead IS NULL;
