-- Consumers' rows: the relay makes them from the outbox's typed columns. NULL: the row was written by an earlier
-- release; it is published, and no consumer gets it.
ALTER TABLE outbox
    ADD COLUMN event_id   uuid,
    ADD COLUMN kind       text,
    ADD COLUMN visitor_id uuid,
    ADD COLUMN seq        bigint;

ALTER TABLE users ADD COLUMN mail_on_assignment boolean NOT NULL DEFAULT true;

-- One row per event, consumer and subscriber of it (a user, a webhook). Without foreign keys, and only inserted by
-- the relay, so that it never waits for a consumer. Deleted when the consumer has done its work. dead: why it was given up.
CREATE TABLE consumer_events (
    project_id      uuid        NOT NULL,
    event_id        uuid        NOT NULL,
    consumer        text        NOT NULL,
    subscriber_id   uuid        NOT NULL,
    kind            text        NOT NULL,
    conversation_id uuid,
    visitor_id      uuid,
    seq             bigint,
    tries           integer     NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL,
    dead            text,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (project_id, event_id, consumer, subscriber_id)
);
CREATE INDEX consumer_events_due ON consumer_events (consumer, due_at) WHERE dead IS NULL;

-- Published events whose consumers' rows could not be made. The relay tries again; dead: why it has given up.
CREATE TABLE quarantined_events (
    project_id      uuid        NOT NULL,
    event_id        uuid        NOT NULL,
    kind            text        NOT NULL,
    conversation_id uuid,
    visitor_id      uuid,
    seq             bigint,
    reason          text        NOT NULL,
    tries           integer     NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL,
    dead            text,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (project_id, event_id)
);
CREATE INDEX quarantined_events_due ON quarantined_events (due_at) WHERE dead IS NULL;
