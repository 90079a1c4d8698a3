-- The schema as it is now. Proven equal to the sum of the numbered files by tests/integration/migrations.
-- Times are timestamptz; ids are UUIDv7 made by the writer; every tenant table leads its keys with project_id.

CREATE TABLE projects (
    id           uuid        PRIMARY KEY,
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    domains      text[]      NOT NULL CHECK (cardinality(domains) >= 1),
    history_mode text        NOT NULL DEFAULT 'forever' CHECK (history_mode IN ('forever', 'limit_to_active')),
    version      integer     NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id            uuid        PRIMARY KEY,
    email         text        NOT NULL CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 254),
    full_name     text        NOT NULL CHECK (char_length(full_name) BETWEEN 1 AND 100),
    password_hash text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (email)
);

-- The actor of everything automatic; it has no password and cannot sign in.
INSERT INTO users (id, email, full_name)
VALUES ('00000000-0000-7000-8000-000000000001', 'system@parley.invalid', 'AI System');

CREATE TABLE memberships (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    role       text        NOT NULL CHECK (role IN ('agent', 'manager')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE sessions (
    id         uuid        PRIMARY KEY,
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE visitors (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id         uuid        NOT NULL,
    name       text        CHECK (char_length(name) BETWEEN 1 AND 50),
    language   text        NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, id)
);

CREATE TABLE conversations (
    project_id      uuid        NOT NULL,
    id              uuid        NOT NULL,
    visitor_id      uuid        NOT NULL,
    status          text        NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'pending', 'solved', 'spam')),
    assignee_id     uuid,
    last_seq        bigint      NOT NULL DEFAULT 0,
    snippet         text        NOT NULL DEFAULT '',
    last_message_at timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, visitor_id) REFERENCES visitors ON DELETE CASCADE,
    FOREIGN KEY (project_id, assignee_id) REFERENCES memberships (project_id, user_id)
        ON DELETE SET NULL (assignee_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX conversations_one_active ON conversations (project_id, visitor_id) WHERE ended_at IS NULL;
CREATE INDEX conversations_by_visitor ON conversations (project_id, visitor_id, id);
CREATE INDEX conversations_by_last_message ON conversations (project_id, last_message_at DESC, id DESC);

CREATE TABLE messages (
    project_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    seq             bigint      NOT NULL CHECK (seq > 0),
    id              uuid        NOT NULL,
    sender_party    text        NOT NULL CHECK (sender_party IN ('visitor', 'agent', 'system')),
    sender_id       uuid        NOT NULL,
    sender_name     text        NOT NULL DEFAULT '',
    ref             uuid        NOT NULL,
    kind            text        NOT NULL,
    body            text        NOT NULL,
    meta            jsonb,
    at              timestamptz NOT NULL,
    PRIMARY KEY (project_id, conversation_id, seq),
    UNIQUE (project_id, sender_id, ref),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);

CREATE TABLE reads (
    project_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    reader_id       uuid        NOT NULL,
    reader_kind     text        NOT NULL CHECK (reader_kind IN ('visitor', 'agent')),
    seq             bigint      NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (project_id, conversation_id, reader_id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);

-- Emptied as fast as it is filled, so the vacuum must not wait for a share of a table that is never large.
CREATE TABLE outbox (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id      uuid        NOT NULL,
    conversation_id uuid, -- NULL: told, but not kept in the log that resumes are answered from
    payload         bytea       NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000);

CREATE TABLE dead_letters (
    id         uuid        PRIMARY KEY,
    shard      integer     NOT NULL,
    entry_id   text        NOT NULL,
    payload    bytea       NOT NULL,
    reason     text        NOT NULL,
    tries      integer     NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (shard, entry_id)
);
