-- A name that an agent gave replaces the one that the page says. Columns of old tables are without a CHECK: adding one
-- scans the whole table under this lock, and core.apply is the only writer.
ALTER TABLE visitors ADD COLUMN given_name text;
-- Mirrors visitor_restrictions, so that the lock of a conversation shows its newest value.
ALTER TABLE conversations ADD COLUMN restriction text;
-- Agents see the messages up to it; NULL: all of them. Then last_message_at is the epoch, outside of every list.
ALTER TABLE conversations ADD COLUMN shown_seq bigint;

-- Visitors whose messages do not notify (muted) or do not reach agents (blocked).
CREATE TABLE visitor_restrictions (
    project_id uuid        NOT NULL,
    visitor_id uuid        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('muted', 'blocked')),
    reason     text        NOT NULL DEFAULT '' CHECK (char_length(reason) <= 200),
    created_at timestamptz NOT NULL,
    created_by uuid        REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (project_id, visitor_id),
    FOREIGN KEY (project_id, visitor_id) REFERENCES visitors ON DELETE CASCADE
);
CREATE INDEX visitor_restrictions_by_time ON visitor_restrictions (project_id, created_at DESC, visitor_id DESC);
CREATE INDEX visitor_restrictions_by_user ON visitor_restrictions (created_by) WHERE created_by IS NOT NULL;

-- Who writes from such a network is treated as a blocked visitor.
CREATE TABLE address_blocks (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id         uuid        NOT NULL,
    network    cidr        NOT NULL,
    reason     text        NOT NULL DEFAULT '' CHECK (char_length(reason) <= 200),
    created_at timestamptz NOT NULL,
    created_by uuid        REFERENCES users ON DELETE SET NULL,
    expires_at timestamptz,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, network)
);
CREATE INDEX address_blocks_by_user ON address_blocks (created_by) WHERE created_by IS NOT NULL;
