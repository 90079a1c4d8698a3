-- What is counted and remembered: what a page says of its visitor, and who changed a conversation when.

-- Unverified facts that the site's page gave (Parley.identify); `name` among them is also visitors.name.
ALTER TABLE visitors
    ADD COLUMN facts jsonb CHECK (jsonb_typeof(facts) = 'object' AND octet_length(facts::text) <= 8192);

-- Changes of status and assignee, shown in the thread after message `seq`. actor_name: of an API key, whose row
-- may be gone; users and visitors are named by their own rows, so that a renamed or deleted one is so here too.
CREATE TABLE conversation_changes (
    project_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    seq             bigint      NOT NULL CHECK (seq >= 0),
    id              uuid        NOT NULL,
    at              timestamptz NOT NULL,
    actor_party     text        NOT NULL CHECK (actor_party IN ('visitor', 'agent', 'system')),
    actor_id        uuid        NOT NULL,
    actor_name      text        NOT NULL DEFAULT '',
    status          text        CHECK (status IN ('open', 'pending', 'solved', 'spam')),
    assigned        boolean     NOT NULL DEFAULT false,
    assignee_id     uuid,
    PRIMARY KEY (project_id, conversation_id, seq, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    CHECK (status IS NOT NULL OR assigned)
);

-- The unread numbers look at these alone, however many conversations were solved before.
CREATE INDEX conversations_waiting ON conversations (project_id, last_message_at DESC, id DESC)
    WHERE status IN ('open', 'pending');
