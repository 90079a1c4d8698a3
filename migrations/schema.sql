-- The schema as it is now. Proven equal to the sum of the numbered files by tests/integration/migrations.
-- Times are timestamptz; ids are UUIDv7 made by the writer; every tenant table leads its keys with project_id.

-- Search by words and by parts of words, within one project: contrib modules that a database's owner may create.
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE projects (
    id           uuid        PRIMARY KEY,
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    domains      text[]      NOT NULL CHECK (cardinality(domains) >= 1),
    history_mode text        NOT NULL DEFAULT 'forever' CHECK (history_mode IN ('forever', 'limit_to_active')),
    version      integer     NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    deleted_at   timestamptz, -- hidden from everyone; the janitor deletes its rows, and then this one
    require_verified boolean NOT NULL DEFAULT false, -- what pages say without a signature is ignored
    ask_consent      boolean NOT NULL DEFAULT false, -- widgets store nothing before their visitor acts
    reopen_on_reply  boolean NOT NULL DEFAULT false, -- an agent's reply reopens a solved conversation
    attachments      text    NOT NULL DEFAULT 'everyone' CHECK (attachments IN ('everyone', 'agents', 'nobody'))
);
CREATE INDEX projects_deleted ON projects (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE users (
    id            uuid        PRIMARY KEY,
    email         text        NOT NULL CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 254),
    full_name     text        NOT NULL CHECK (char_length(full_name) BETWEEN 1 AND 100),
    password_hash text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    state             text    NOT NULL DEFAULT 'active'
        CHECK (state IN ('active', 'deactivated', 'suspended', 'deleted')),
    email_verified_at timestamptz,
    is_admin          boolean NOT NULL DEFAULT false,
    language          text    NOT NULL DEFAULT 'en' CHECK (char_length(language) BETWEEN 2 AND 12),
    timezone          text    NOT NULL DEFAULT 'UTC' CHECK (char_length(timezone) BETWEEN 1 AND 64),
    signed_in_at      timestamptz,
    still_named       boolean NOT NULL DEFAULT false, -- deleted, but some messages still have the name
    email_changed_at  timestamptz, -- when the address was last replaced by another one
    mail_on_assignment boolean NOT NULL DEFAULT true,
    mail_on_mention    boolean NOT NULL DEFAULT true,
    UNIQUE (email)
);

CREATE INDEX users_still_named ON users (id) WHERE still_named;
CREATE INDEX users_unconfirmed ON users (created_at) WHERE email_verified_at IS NULL;

-- The actor of automatic actions; it has no password and cannot sign in.
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
    expires_at timestamptz NOT NULL,
    device       text        NOT NULL DEFAULT '' CHECK (char_length(device) <= 300),
    address      text        NOT NULL DEFAULT '' CHECK (char_length(address) <= 64),
    rotated_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE visitors (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id         uuid        NOT NULL,
    name       text        CHECK (char_length(name) BETWEEN 1 AND 50),
    language   text        NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    facts      jsonb       CHECK (jsonb_typeof(facts) = 'object' AND octet_length(facts::text) <= 8192), -- unverified
    external_id text CHECK (char_length(external_id) BETWEEN 1 AND 200),
    verified    jsonb CHECK (jsonb_typeof(verified) = 'object' AND octet_length(verified::text) <= 8192), -- signed
    verified_at timestamptz,
    given_name text, -- by an agent: replaces `name`, which the page says
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX visitors_by_external_id ON visitors (project_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX visitors_by_number ON visitors (project_id, right(id::text, 6)); -- that agents see: #a1b2c3

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
    last_change     bigint      NOT NULL DEFAULT 0, -- counts what alters it without a new message
    restriction     text, -- mirrors visitor_restrictions, so that the lock of this row shows its newest value
    shown_seq       bigint, -- agents see the messages up to it; then last_message_at is the epoch, outside of every list
    has_form        boolean     NOT NULL DEFAULT false, -- a message is a form, or the answer to one
    has_note        boolean     NOT NULL DEFAULT false, -- agents keep notes about the visitor (core/db/chat/flags.py)
    deleted_at      timestamptz, -- hidden; the janitor deletes its rows in batches, and then this one
    owner           text CHECK (owner IN ('assistant', 'person')), -- who answers; NULL: the assistant never did
    owner_reason    text, -- why, a word
    owner_version   bigint      NOT NULL DEFAULT 0, -- counts what people do about it: a turn writes under one version
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, visitor_id) REFERENCES visitors ON DELETE CASCADE,
    FOREIGN KEY (project_id, assignee_id) REFERENCES memberships (project_id, user_id)
        ON DELETE SET NULL (assignee_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX conversations_one_active ON conversations (project_id, visitor_id) WHERE ended_at IS NULL;
CREATE INDEX conversations_by_visitor ON conversations (project_id, visitor_id, id);
CREATE INDEX conversations_by_last_message ON conversations (project_id, last_message_at DESC, id DESC);
-- A filtered inbox reads one or several of these in the order of the list.
CREATE INDEX conversations_by_status
    ON conversations (project_id, status, (assignee_id IS NULL), last_message_at DESC, id DESC);
CREATE INDEX conversations_by_assignee
    ON conversations (project_id, assignee_id, status, last_message_at DESC, id DESC)
    WHERE assignee_id IS NOT NULL;
CREATE INDEX conversations_waiting ON conversations (project_id, last_message_at DESC, id DESC)
    WHERE status IN ('open', 'pending');
CREATE INDEX conversations_flagged
    ON conversations (project_id, has_form, has_note, status, (assignee_id IS NULL), last_message_at DESC, id DESC)
    WHERE has_form OR has_note;
CREATE INDEX conversations_flagged_by_assignee
    ON conversations (project_id, assignee_id, has_form, has_note, status, last_message_at DESC, id DESC)
    WHERE assignee_id IS NOT NULL AND (has_form OR has_note);
CREATE INDEX conversations_deleted ON conversations (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX conversations_unseen ON conversations (created_at) WHERE shown_seq = 0 AND deleted_at IS NULL;

-- Changes of status and assignee, shown in the thread after message `seq`. actor_name: of an API key, whose row
-- may be deleted; the names of users and visitors come from their own rows, so renames and deletions apply here.
CREATE TABLE conversation_changes (
    project_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    seq             bigint      NOT NULL CHECK (seq >= 0),
    id              uuid        NOT NULL,
    at              timestamptz NOT NULL,
    actor_party     text        NOT NULL CHECK (actor_party IN ('visitor', 'agent', 'assistant', 'system')),
    actor_id        uuid        NOT NULL,
    actor_name      text        NOT NULL DEFAULT '',
    status          text        CHECK (status IN ('open', 'pending', 'solved', 'spam')),
    assigned        boolean     NOT NULL DEFAULT false,
    assignee_id     uuid,
    owner           text        CHECK (owner IN ('assistant', 'person')), -- who answers from then on
    owner_reason    text,
    PRIMARY KEY (project_id, conversation_id, seq, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    CHECK (status IS NOT NULL OR assigned OR owner IS NOT NULL)
);

CREATE TABLE messages (
    project_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    seq             bigint      NOT NULL CHECK (seq > 0),
    id              uuid        NOT NULL,
    sender_party    text        NOT NULL CHECK (sender_party IN ('visitor', 'agent', 'assistant', 'system')),
    sender_id       uuid        NOT NULL,
    sender_name     text        NOT NULL DEFAULT '',
    ref             uuid        NOT NULL,
    kind            text        NOT NULL,
    body            text        NOT NULL,
    meta            jsonb,
    at              timestamptz NOT NULL,
    content         jsonb, -- what a structured message adds: core/content.py
    version         bigint, -- the number of the conversation's change that altered it last; NULL: as it was written
    edited_at       timestamptz,
    redacted_at     timestamptz, -- its text is in the audit log only
    PRIMARY KEY (project_id, conversation_id, seq),
    UNIQUE (project_id, sender_id, ref),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);

-- The messages with a version, for clients that come back: an index on messages would cost every new message.
CREATE TABLE altered_messages (
    project_id      uuid   NOT NULL,
    conversation_id uuid   NOT NULL,
    seq             bigint NOT NULL,
    version         bigint NOT NULL,
    PRIMARY KEY (project_id, conversation_id, seq),
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

-- Emptied as fast as it is filled: the table stays small, so autovacuum needs absolute thresholds.
CREATE TABLE outbox (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id      uuid        NOT NULL,
    conversation_id uuid, -- NULL: published, but not stored in the resume log
    payload         bytea       NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    event_id        uuid, -- this and the following are NULL in rows of releases before 0.3, which no consumer gets
    kind            text,
    visitor_id      uuid,
    seq             bigint,
    last_change     bigint, -- of the conversation, after the event
    details         jsonb -- what consumers need beside the columns: core/event_details.py; never a text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000);

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
    event_number    bigint      NOT NULL DEFAULT 0, -- of the outbox: the order of a conversation's events
    details         jsonb, -- as in the outbox
    PRIMARY KEY (project_id, event_id, consumer, subscriber_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX consumer_events_due ON consumer_events (consumer, due_at) WHERE dead IS NULL;
CREATE INDEX consumer_events_dead ON consumer_events (created_at) WHERE dead IS NOT NULL;
-- A delivery of a webhook waits for earlier events of its conversation that have no delivery yet.
CREATE INDEX consumer_events_in_order ON consumer_events (project_id, consumer, subscriber_id, conversation_id, event_number)
    WHERE dead IS NULL;

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
    event_number    bigint      NOT NULL DEFAULT 0,
    details         jsonb, -- as in the outbox
    PRIMARY KEY (project_id, event_id)
);
CREATE INDEX quarantined_events_due ON quarantined_events (due_at) WHERE dead IS NULL;
CREATE INDEX quarantined_events_dead ON quarantined_events (created_at) WHERE dead IS NOT NULL;

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

CREATE TABLE avatars (
    user_id    uuid        PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    version    uuid        NOT NULL UNIQUE,
    media_type text        NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp')),
    image      bytea       NOT NULL CHECK (octet_length(image) <= 65536)
);

-- Single-use tokens in mails, stored only as sha-256. email: the recipient of the mail. password_hash: of a repeated
-- registration before the address is verified; the account gets the one of the mail by which it is verified.
CREATE TABLE user_tokens (
    token_hash bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose    text        NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'change_email')),
    email      text        NOT NULL CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 254),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    password_hash text
);
CREATE INDEX user_tokens_by_user ON user_tokens (user_id, purpose);

-- sealed: the secret, encrypted by core.identity.encryption, with the id of its key. last_step: the replay guard.
CREATE TABLE two_factor (
    user_id      uuid        PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    sealed       bytea       NOT NULL,
    last_step    bigint      NOT NULL DEFAULT 0,
    confirmed_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    ends_at      timestamptz -- when a password reset turns it off
);
CREATE INDEX two_factor_ending ON two_factor (ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE recovery_codes (
    user_id   uuid  NOT NULL REFERENCES users ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);

-- OpenID Connect: an identity is (issuer, subject), never an email address.
CREATE TABLE identities (
    id         uuid        PRIMARY KEY,
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    issuer     text        NOT NULL CHECK (char_length(issuer) BETWEEN 1 AND 300),
    subject    text        NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 255),
    email      text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

-- Accepted and revoked ones are deleted; the audit log keeps their history. A new one replaces an expired one.
CREATE TABLE invitations (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id         uuid        NOT NULL,
    email      text        NOT NULL CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 254),
    role       text        NOT NULL CHECK (role IN ('agent', 'manager')),
    token_hash bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    invited_by uuid        REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, email)
);

CREATE TABLE api_keys (
    project_id   uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id           uuid        NOT NULL,
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    key_hash     bytea       NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    hint         text        NOT NULL, -- the first characters, so that people can distinguish keys
    scopes       text[]      NOT NULL CHECK (cardinality(scopes) >= 1),
    created_by   uuid        REFERENCES users ON DELETE SET NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    PRIMARY KEY (project_id, id)
);

-- Texts that agents reuse. A shortcut is unique ignoring case; it is ASCII, so its lower case is so everywhere.
CREATE TABLE canned_responses (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id         uuid        NOT NULL,
    shortcut   text        NOT NULL CHECK (shortcut ~ '^[A-Za-z0-9_-]{1,50}$'),
    content    text        NOT NULL CHECK (char_length(content) BETWEEN 1 AND 5000),
    category   text        NOT NULL DEFAULT '' CHECK (char_length(category) <= 50),
    version    integer     NOT NULL DEFAULT 1, -- counts the changes
    uses       bigint      NOT NULL DEFAULT 0, -- how often an agent sent it
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by uuid        REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX canned_responses_by_shortcut ON canned_responses (project_id, lower(shortcut));
CREATE INDEX canned_responses_by_changer ON canned_responses (changed_by) WHERE changed_by IS NOT NULL;

-- A customer's site signs with them who its visitor is. sealed: encrypted by core.identity.encryption.
CREATE TABLE identity_secrets (
    project_id   uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id           uuid        NOT NULL,
    sealed       bytea       NOT NULL,
    created_by   uuid        REFERENCES users ON DELETE SET NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX identity_secrets_by_creator ON identity_secrets (created_by) WHERE created_by IS NOT NULL;

-- Notes of agents about a visitor. mentions: [{"user", "name"}], the teammates that the text names as "@name".
CREATE TABLE visitor_notes (
    project_id uuid        NOT NULL,
    visitor_id uuid        NOT NULL,
    id         uuid        NOT NULL,
    author_id  uuid        REFERENCES users ON DELETE SET NULL,
    text       text        NOT NULL CHECK (char_length(text) BETWEEN 1 AND 2000),
    mentions   jsonb       NOT NULL DEFAULT '[]'
        CHECK (jsonb_typeof(mentions) = 'array' AND octet_length(mentions::text) <= 8192),
    version    integer     NOT NULL DEFAULT 1, -- counts the changes
    created_at timestamptz NOT NULL,
    edited_at  timestamptz,
    PRIMARY KEY (project_id, visitor_id, id),
    FOREIGN KEY (project_id, visitor_id) REFERENCES visitors ON DELETE CASCADE
);
CREATE INDEX visitor_notes_by_author ON visitor_notes (author_id) WHERE author_id IS NOT NULL;

-- Who was mentioned, in a note about a visitor (note_id) or in an internal note of a conversation (conversation_id,
-- seq). author_name: of an API key, as in conversation_changes. Only a member's latest ones are kept.
CREATE TABLE mentions (
    project_id      uuid        NOT NULL,
    user_id         uuid        NOT NULL,
    id              uuid        NOT NULL,
    at              timestamptz NOT NULL,
    author_id       uuid        NOT NULL,
    author_name     text        NOT NULL DEFAULT '',
    visitor_id      uuid        NOT NULL,
    note_id         uuid,
    conversation_id uuid,
    seq             bigint,
    read_at         timestamptz,
    PRIMARY KEY (project_id, user_id, id),
    FOREIGN KEY (project_id, user_id) REFERENCES memberships ON DELETE CASCADE,
    FOREIGN KEY (project_id, visitor_id, note_id) REFERENCES visitor_notes ON DELETE CASCADE,
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    CHECK ((note_id IS NULL) <> (conversation_id IS NULL)),
    CHECK ((conversation_id IS NULL) = (seq IS NULL))
);
CREATE UNIQUE INDEX mentions_by_note ON mentions (project_id, visitor_id, note_id, user_id)
    WHERE note_id IS NOT NULL;
CREATE UNIQUE INDEX mentions_by_message ON mentions (project_id, conversation_id, seq, user_id)
    WHERE conversation_id IS NOT NULL;

-- The filters of the inbox that a member has named, in the member's order: [{"name", "filter"}].
CREATE TABLE saved_views (
    project_id uuid    NOT NULL,
    user_id    uuid    NOT NULL,
    version    integer NOT NULL DEFAULT 1, -- counts the changes
    views      jsonb   NOT NULL CHECK (jsonb_typeof(views) = 'array' AND octet_length(views::text) <= 16384),
    PRIMARY KEY (project_id, user_id),
    FOREIGN KEY (project_id, user_id) REFERENCES memberships ON DELETE CASCADE
);

-- Forms that agents send to visitors. name_key: the name as it is compared, ignoring case in every alphabet.
CREATE TABLE form_templates (
    project_id  uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id          uuid        NOT NULL,
    name        text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    name_key    text        NOT NULL CHECK (char_length(name_key) BETWEEN 1 AND 400),
    description text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 500),
    fields      jsonb       NOT NULL, -- core/content.py: FormField
    enabled     boolean     NOT NULL DEFAULT true,
    pre_chat    boolean     NOT NULL DEFAULT false, -- shown before the first message
    version     integer     NOT NULL DEFAULT 1, -- counts the changes
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz, -- hidden; its answers stay
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX form_templates_by_name ON form_templates (project_id, name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX form_templates_pre_chat ON form_templates (project_id)
    WHERE pre_chat AND enabled AND deleted_at IS NULL;

-- The state of the forms that were sent; id is their message's. Snapshots: a template may change or go afterwards.
CREATE TABLE form_requests (
    project_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    seq             bigint      NOT NULL CHECK (seq > 0),
    template_id     uuid        NOT NULL,
    name            text        NOT NULL,
    fields          jsonb       NOT NULL,
    state           text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'expired', 'cancelled')),
    expires_at      timestamptz,
    answer_id       uuid, -- the message that answered
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE UNIQUE INDEX form_requests_one_open ON form_requests (project_id, conversation_id) WHERE state = 'open';
CREATE INDEX form_requests_by_conversation ON form_requests (project_id, conversation_id);
CREATE INDEX form_requests_due ON form_requests (expires_at) WHERE state = 'open' AND expires_at IS NOT NULL;

-- The forms that were filled; id is their message's, which has the values. request_id NULL: without a request.
CREATE TABLE form_answers (
    project_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    seq             bigint      NOT NULL CHECK (seq > 0),
    template_id     uuid        NOT NULL,
    request_id      uuid,
    fields          jsonb       NOT NULL, -- the snapshot by which a correction is checked
    version         integer     NOT NULL DEFAULT 1, -- counts the corrections
    removed_at      timestamptz,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE UNIQUE INDEX form_answers_once ON form_answers (project_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX form_answers_by_conversation ON form_answers (project_id, conversation_id);
CREATE INDEX form_answers_by_template ON form_answers (project_id, template_id, id DESC) WHERE removed_at IS NULL;

-- project_id NULL: the entry concerns no project. Names are stored as they were, and survive their accounts.
CREATE TABLE audit_log (
    id          uuid        PRIMARY KEY,
    project_id  uuid        REFERENCES projects ON DELETE CASCADE,
    at          timestamptz NOT NULL DEFAULT now(),
    actor_kind  text        NOT NULL CHECK (actor_kind IN ('user', 'system', 'api_key', 'nobody')),
    actor_id    uuid,
    actor_name  text        NOT NULL DEFAULT '',
    action      text        NOT NULL,
    entity      text        NOT NULL,
    entity_id   uuid,
    result      text        NOT NULL CHECK (result IN ('ok', 'denied', 'failed')),
    address     text        NOT NULL DEFAULT '',
    agent       text        NOT NULL DEFAULT '',
    changes     jsonb       NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (id);
CREATE INDEX audit_log_by_project ON audit_log (project_id, at DESC, id DESC);
CREATE INDEX audit_log_by_time ON audit_log (at);
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT; -- entries by a server with a wrong clock

-- The least id of a month.
CREATE FUNCTION audit_log_bound(month timestamp) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM month) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Of how many months after this one there are partitions, without a gap; -1: not even of this one.
CREATE FUNCTION audit_log_months_ahead() RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
    this timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    ahead integer := -1;
BEGIN
    WHILE EXISTS (
        SELECT FROM pg_inherits i
            JOIN pg_class c ON c.oid = i.inhrelid
            CROSS JOIN pg_get_expr(c.relpartbound, c.oid) AS bounds
            CROSS JOIN public.audit_log_bound(this + (ahead + 1) * interval '1 month') AS month
        WHERE i.inhparent = 'public.audit_log'::regclass
            AND substring(bounds FROM 'TO \(''([0-9a-f-]+)''')::uuid > month
            AND (bounds LIKE '%FROM (MINVALUE)%' OR substring(bounds FROM 'FROM \(''([0-9a-f-]+)''')::uuid <= month)
    ) LOOP
        ahead := ahead + 1;
    END LOOP;
    RETURN ahead;
END $$;

-- Makes the partitions of this month and of the three after it, as their owner: servers and workers own nothing. Entries
-- of such a month that went to the default partition go to it. Returns how many it made. A short wait for locks: others
-- would wait behind it.
CREATE FUNCTION audit_log_make_months() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    month timestamp;
    name text;
    made integer := 0;
BEGIN
    LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC')
            + (public.audit_log_months_ahead() + 1) * interval '1 month';
        EXIT WHEN month > now() AT TIME ZONE 'UTC' + interval '3 months';
        name := to_char(month, '"audit_log_"YYYY_MM');
        LOCK TABLE public.audit_log_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_log INCLUDING ALL)', name);
        EXECUTE format(
            'WITH early AS (DELETE FROM public.audit_log_default WHERE id >= %L AND id < %L RETURNING *)
             INSERT INTO public.%I SELECT * FROM early',
            public.audit_log_bound(month), public.audit_log_bound(month + interval '1 month'), name
        );
        EXECUTE format(
            'ALTER TABLE public.audit_log ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            name, public.audit_log_bound(month), public.audit_log_bound(month + interval '1 month')
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Drops the partitions that end a day or more before that time; the day is for clocks that differ. Returns how many.
CREATE FUNCTION audit_log_drop_months(before timestamptz) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    past regclass;
    dropped integer := 0;
BEGIN
    FOR past IN
        SELECT c.oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.audit_log'::regclass
            AND substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([0-9a-f-]+)''')::uuid
                <= public.audit_log_bound(least(before, now()) AT TIME ZONE 'UTC' - interval '1 day')
    LOOP
        EXECUTE format('DROP TABLE %s', past);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

REVOKE ALL ON FUNCTION audit_log_make_months(), audit_log_drop_months(timestamptz) FROM PUBLIC;
SELECT audit_log_make_months();

-- The mail queue: a row is written in the transaction that it reports on, and deleted once the SMTP server has
-- accepted it. sealed: the template's values and tokens, encrypted by core.identity.encryption. dead: why it was given up.
CREATE TABLE mails (
    id         uuid        PRIMARY KEY,
    project_id uuid        REFERENCES projects ON DELETE CASCADE,
    recipient  text        NOT NULL,
    template   text        NOT NULL,
    language   text        NOT NULL,
    sealed     bytea       NOT NULL,
    tries      integer     NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL DEFAULT now(),
    dead       text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mails_due ON mails (due_at) WHERE dead IS NULL;

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
    message_id      uuid, -- whose text is in the payload, if it has one
    PRIMARY KEY (project_id, webhook_id, id),
    FOREIGN KEY (project_id, webhook_id) REFERENCES webhooks ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (project_id, webhook_id, due_at) WHERE state = 'queued';
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (project_id, webhook_id, conversation_id, event_number,
    position)
    WHERE state = 'queued';
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (project_id, webhook_id, created_at, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (created_at) WHERE state <> 'queued';
CREATE INDEX webhook_deliveries_by_conversation ON webhook_deliveries (project_id, conversation_id, message_id)
    WHERE conversation_id IS NOT NULL;

-- POST requests with an Idempotency-Key, for 24 hours. project_id: for requests of no project the caller's own id, so
-- there is no reference to projects. id: a keyed hash of project, caller, route and key, which is not stored itself.
CREATE TABLE idempotent_requests (
    project_id    uuid        NOT NULL,
    id            uuid        NOT NULL,
    request_hash  bytea       NOT NULL CHECK (octet_length(request_hash) = 32), -- keyed
    attempt       uuid        NOT NULL, -- which execution may record its effect and its answer
    took_effect   boolean     NOT NULL DEFAULT false, -- set in the transaction of the effect
    answer        bytea       CHECK (octet_length(answer) <= 70000), -- sealed; null until it is known
    running_until timestamptz NOT NULL, -- when an attempt without effect and answer counts as dead
    kept_until    timestamptz NOT NULL,
    PRIMARY KEY (project_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
CREATE INDEX idempotent_requests_old ON idempotent_requests (kept_until);

-- The assistant of a project. published: the version of the workflow with which conversations begin.
CREATE TABLE assistants (
    project_id         uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    enabled            boolean     NOT NULL DEFAULT false,
    mode               text        NOT NULL DEFAULT 'prompt' CHECK (mode IN ('prompt', 'workflow')),
    availability       text        NOT NULL DEFAULT 'always' CHECK (availability IN ('always', 'nobody_online')),
    name               text        NOT NULL DEFAULT 'Assistant' CHECK (char_length(name) BETWEEN 1 AND 50),
    prompt             text        NOT NULL DEFAULT '' CHECK (char_length(prompt) <= 8000),
    fallback           text        NOT NULL DEFAULT '' CHECK (char_length(fallback) <= 1000),
    release_on_reopen  boolean     NOT NULL DEFAULT true, -- the assistant answers again in a conversation that was solved
    daily_tokens       integer     NOT NULL DEFAULT 200000 CHECK (daily_tokens BETWEEN 1000 AND 100000000),
    published          integer,
    version            integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at         timestamptz NOT NULL DEFAULT now(),
    changed_by         uuid        REFERENCES users ON DELETE SET NULL,
    warned_at          timestamptz -- when managers were last told that most of the daily tokens is used
);
CREATE INDEX assistants_by_changer ON assistants (changed_by) WHERE changed_by IS NOT NULL;

-- The server of a language model that a project's manager has chosen. sealed: its key; NULL: it needs none.
CREATE TABLE assistant_providers (
    project_id  uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    base_url    text        NOT NULL CHECK (char_length(base_url) BETWEEN 1 AND 300),
    model       text        NOT NULL CHECK (char_length(model) BETWEEN 1 AND 200),
    temperature double precision CHECK (temperature BETWEEN 0 AND 2), -- NULL: the model's default
    sealed      bytea,
    version     integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at  timestamptz NOT NULL DEFAULT now(),
    changed_by  uuid        REFERENCES users ON DELETE SET NULL
);
CREATE INDEX assistant_providers_by_changer ON assistant_providers (changed_by) WHERE changed_by IS NOT NULL;

-- The workflow that managers draw, and what it was each time it was published.
CREATE TABLE workflow_drafts (
    project_id uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    workflow   jsonb       NOT NULL CHECK (octet_length(workflow::text) <= 1048576),
    version    integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by uuid        REFERENCES users ON DELETE SET NULL
);
CREATE INDEX workflow_drafts_by_changer ON workflow_drafts (changed_by) WHERE changed_by IS NOT NULL;
CREATE TABLE workflow_versions (
    project_id   uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    number       integer     NOT NULL,
    workflow     jsonb       NOT NULL CHECK (octet_length(workflow::text) <= 1048576),
    note         text        NOT NULL DEFAULT '' CHECK (char_length(note) <= 500),
    published_at timestamptz NOT NULL,
    published_by uuid        REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (project_id, number)
);
CREATE INDEX workflow_versions_by_publisher ON workflow_versions (published_by) WHERE published_by IS NOT NULL;

-- What the assistant keeps of a conversation between two turns. position: of core.assistant.turn. handoff_reason and
-- brief: for the team, of the last time it handed over. summary: of the messages up to summary_seq. article_id: what
-- the visitor asked from, which the conversation is about. uncovered: answers in a row that no article covered.
CREATE TABLE assistant_conversations (
    project_id      uuid    NOT NULL,
    conversation_id uuid    NOT NULL,
    position        jsonb,
    handoff_reason  text    NOT NULL DEFAULT '' CHECK (char_length(handoff_reason) <= 500),
    brief           text    NOT NULL DEFAULT '' CHECK (char_length(brief) <= 4000),
    summary         text    NOT NULL DEFAULT '' CHECK (char_length(summary) <= 4000),
    summary_seq     bigint  NOT NULL DEFAULT 0,
    article_id      uuid,
    uncovered       integer NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, conversation_id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);

-- A turn: what the assistant does about one or more messages of the visitor. Another worker takes over a running one
-- whose lease is over; attempt counts them, and only the present one writes. engine: core.assistant.turn, packed.
-- shown: a part of the answer has been streamed. first_ms: from the newest message to the first token.
CREATE TABLE assistant_turns (
    project_id      uuid        NOT NULL,
    id              uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    state           text        NOT NULL DEFAULT 'running'
        CHECK (state IN ('running', 'completed', 'interrupted', 'failed')),
    owner_version   bigint      NOT NULL,
    attempt         integer     NOT NULL DEFAULT 0,
    restarts        integer     NOT NULL DEFAULT 0,
    lease_until     timestamptz NOT NULL,
    shown           boolean     NOT NULL DEFAULT false,
    engine          bytea,
    workflow        integer     NOT NULL DEFAULT 0, -- its version; 0: the project's prompt alone
    error           text        NOT NULL DEFAULT '', -- a code
    stopped_by      text        NOT NULL DEFAULT '', -- a party
    message_seq     bigint,
    provider        text        NOT NULL DEFAULT '',
    model           text        NOT NULL DEFAULT '',
    prompt_tokens   integer     NOT NULL DEFAULT 0,
    answer_tokens   integer     NOT NULL DEFAULT 0,
    estimated       boolean     NOT NULL DEFAULT false,
    cost            bigint      NOT NULL DEFAULT 0, -- in millionths of the price's currency
    first_ms        integer,
    created_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    intent          text        NOT NULL DEFAULT '', -- what the visitor wanted, as it was decided
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE UNIQUE INDEX assistant_turns_one_running ON assistant_turns (project_id, conversation_id) WHERE state = 'running';
CREATE INDEX assistant_turns_due ON assistant_turns (lease_until) WHERE state = 'running';
CREATE INDEX assistant_turns_by_conversation ON assistant_turns (project_id, conversation_id, id);
CREATE INDEX assistant_turns_by_time ON assistant_turns (project_id, created_at);
CREATE INDEX assistant_turns_old ON assistant_turns (created_at) WHERE state <> 'running';

-- The messages that turns answer, by the events of their outbox rows. turn_id NULL: not answered yet.
CREATE TABLE assistant_inputs (
    project_id      uuid        NOT NULL,
    event_id        uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    seq             bigint      NOT NULL,
    turn_id         uuid,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (project_id, event_id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX assistant_inputs_by_conversation ON assistant_inputs (project_id, conversation_id, seq);
CREATE INDEX assistant_inputs_old ON assistant_inputs (created_at);

-- What happened in a turn, step by step: what a model was sent, what came back, which tool ran.
CREATE TABLE assistant_steps (
    project_id    uuid        NOT NULL,
    turn_id       uuid        NOT NULL,
    number        integer     NOT NULL,
    attempt       integer     NOT NULL,
    node          text        NOT NULL,
    kind          text        NOT NULL, -- ask, run, say or outcome
    outcome       text        NOT NULL,
    sent          text        NOT NULL DEFAULT '', -- JSON, cut
    received      text        NOT NULL DEFAULT '', -- JSON, cut
    ms            integer     NOT NULL DEFAULT 0,
    prompt_tokens integer     NOT NULL DEFAULT 0,
    answer_tokens integer     NOT NULL DEFAULT 0,
    at            timestamptz NOT NULL,
    PRIMARY KEY (project_id, turn_id, number),
    FOREIGN KEY (project_id, turn_id) REFERENCES assistant_turns ON DELETE CASCADE
);

-- Where visitors find a project's articles.
CREATE TABLE knowledge_settings (
    project_id      uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    in_widget       boolean     NOT NULL DEFAULT true,  -- the widget's home has a search over published articles
    help_page       boolean     NOT NULL DEFAULT false, -- /help/<project>
    version         integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at      timestamptz NOT NULL DEFAULT now(),
    changed_by      uuid        REFERENCES users ON DELETE SET NULL
);
CREATE INDEX knowledge_settings_by_changer ON knowledge_settings (changed_by) WHERE changed_by IS NOT NULL;

-- Articles. version: the newest of article_versions. published: the one that visitors and the assistant see; NULL: a
-- draft. title, language, category and url are those of the newest version, for lists. source_hash: of the text as it
-- was imported, so that a change is noticed. removed_at: its versions stay for answers that cite it.
CREATE TABLE articles (
    project_id    uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id            uuid        NOT NULL,
    title         text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    language      text        NOT NULL CHECK (char_length(language) BETWEEN 2 AND 20),
    category      text        NOT NULL DEFAULT '' CHECK (char_length(category) <= 50),
    url           text        NOT NULL DEFAULT '' CHECK (char_length(url) <= 2000),
    folded        text        NOT NULL DEFAULT '', -- title and address without case and accents, for lists
    version       integer     NOT NULL DEFAULT 1,
    published     integer,
    published_at  timestamptz,
    source        text        NOT NULL DEFAULT 'written' CHECK (source IN ('written', 'address', 'file')),
    source_hash   bytea,
    refetch_days  integer     CHECK (refetch_days BETWEEN 1 AND 365),
    refetch_at    timestamptz,
    helpful       integer     NOT NULL DEFAULT 0, -- answers to "was this helpful?"
    unhelpful     integer     NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    changed_by    uuid        REFERENCES users ON DELETE SET NULL,
    removed_at    timestamptz,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX articles_by_time ON articles (project_id, changed_at DESC, id DESC) WHERE removed_at IS NULL;
CREATE INDEX articles_published ON articles (project_id, language, category) WHERE published IS NOT NULL AND removed_at IS NULL;
CREATE INDEX articles_by_url ON articles (project_id, url) WHERE url <> '' AND removed_at IS NULL;
CREATE INDEX articles_to_fetch ON articles (refetch_at) WHERE refetch_at IS NOT NULL AND removed_at IS NULL;
CREATE INDEX articles_removed ON articles (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX articles_by_changer ON articles (changed_by) WHERE changed_by IS NOT NULL;

-- Every version of an article, as it was saved. summary: made when it was prepared.
CREATE TABLE article_versions (
    project_id  uuid        NOT NULL,
    article_id  uuid        NOT NULL,
    number      integer     NOT NULL,
    title       text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    language    text        NOT NULL CHECK (char_length(language) BETWEEN 2 AND 20),
    category    text        NOT NULL DEFAULT '' CHECK (char_length(category) <= 50),
    url         text        NOT NULL DEFAULT '' CHECK (char_length(url) <= 2000),
    content     text        NOT NULL CHECK (char_length(content) <= 200000), -- Markdown
    summary     text        NOT NULL DEFAULT '' CHECK (char_length(summary) <= 2000),
    made_at     timestamptz NOT NULL,
    made_by     uuid        REFERENCES users ON DELETE SET NULL, -- NULL: by an import, or that account was deleted
    PRIMARY KEY (project_id, article_id, number),
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE
);
CREATE INDEX article_versions_by_maker ON article_versions (made_by) WHERE made_by IS NOT NULL;

-- The latest answers to "was this helpful?", so that a visitor counts once for each version. slot: of the hash; a later
-- voter with the same one replaces an earlier voter, so that an article has at most 1,024 rows. voter: a hash.
CREATE TABLE article_votes (
    project_id  uuid     NOT NULL,
    article_id  uuid     NOT NULL,
    slot        smallint NOT NULL CHECK (slot BETWEEN 0 AND 1023),
    voter       bytea    NOT NULL CHECK (octet_length(voter) = 16),
    version     integer  NOT NULL,
    helpful     boolean  NOT NULL,
    PRIMARY KEY (project_id, article_id, slot),
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE
);

-- The parts of published versions that are searched: each at most about 400 tokens, under its headings. language: without
-- its region. length: how many words it has, with the title. words: which, in lower case without accents, stemmed as the
-- language is, and pairs of neighbours; once more those of title and headings, with ^, and what occurs twice, with ^^, or
-- four times, with ^^^. Each begins with six characters of its project, so that the index finds a project's words alone:
-- with project_id as a column of it, each look-up would read the list of all the project's chunks.
CREATE TABLE article_chunks (
    project_id  uuid     NOT NULL,
    article_id  uuid     NOT NULL,
    number      integer  NOT NULL,
    version     integer  NOT NULL,
    language    text     NOT NULL,
    heading     text     NOT NULL DEFAULT '',
    content     text     NOT NULL,
    length      integer  NOT NULL,
    words       tsvector NOT NULL,
    PRIMARY KEY (project_id, article_id, number),
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE
);
CREATE INDEX article_chunks_by_words ON article_chunks USING gin (words) WITH (fastupdate = off); -- or each search reads what waits to be added

-- The work of preparing an article's published version, one row for each article; a later version replaces it. stage:
-- what is being done. error: a code, when it was given up.
CREATE TABLE article_preparations (
    project_id  uuid        NOT NULL,
    article_id  uuid        NOT NULL,
    version     integer     NOT NULL,
    state       text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'failed')),
    stage       text        NOT NULL DEFAULT '' CHECK (stage IN ('', 'chunks', 'summary', 'vectors')),
    error       text        NOT NULL DEFAULT '',
    tries       integer     NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL,
    prepared_at timestamptz,
    model       text        NOT NULL DEFAULT '', -- whose vectors its chunks have; '': none
    PRIMARY KEY (project_id, article_id),
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE
);
CREATE INDEX article_preparations_due ON article_preparations (due_at) WHERE state = 'queued';

-- Imports: of an address, of a sitemap's addresses or of a file, and of articles whose time to be fetched again has come
-- (schedule), with what became of each page.
CREATE TABLE article_imports (
    project_id  uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id          uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('address', 'sitemap', 'file', 'schedule')),
    source      text        NOT NULL CHECK (char_length(source) BETWEEN 1 AND 2000), -- the address, or the file's name
    body        bytea       CHECK (octet_length(body) <= 10485760), -- of a file, until it is read
    category    text        NOT NULL DEFAULT '' CHECK (char_length(category) <= 50),
    language    text        NOT NULL DEFAULT '' CHECK (char_length(language) <= 20), -- '': that of each page
    publish     boolean     NOT NULL DEFAULT false,
    refetch_days integer    CHECK (refetch_days BETWEEN 1 AND 365),
    state       text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'failed', 'cancelled')),
    error       text        NOT NULL DEFAULT '', -- a code
    tries       integer     NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    created_by  uuid        REFERENCES users ON DELETE SET NULL,
    ended_at    timestamptz,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX article_imports_by_time ON article_imports (project_id, created_at DESC, id DESC);
CREATE INDEX article_imports_due ON article_imports (due_at) WHERE state = 'queued';
CREATE INDEX article_imports_by_maker ON article_imports (created_by) WHERE created_by IS NOT NULL;
CREATE TABLE article_import_pages (
    project_id  uuid        NOT NULL,
    import_id   uuid        NOT NULL,
    number      integer     NOT NULL,
    source      text        NOT NULL CHECK (char_length(source) BETWEEN 1 AND 2000),
    outcome     text        NOT NULL DEFAULT 'waiting'
        CHECK (outcome IN ('waiting', 'created', 'changed', 'unchanged', 'refused')),
    code        text        NOT NULL DEFAULT '', -- why it was refused
    article_id  uuid,
    PRIMARY KEY (project_id, import_id, number),
    FOREIGN KEY (project_id, import_id) REFERENCES article_imports ON DELETE CASCADE
);

-- Questions of visitors that no article answered, those of one group together. key: its folded words, sorted.
CREATE TABLE knowledge_gaps (
    project_id  uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id          uuid        NOT NULL,
    key         text        NOT NULL CHECK (char_length(key) BETWEEN 1 AND 500),
    question    text        NOT NULL CHECK (char_length(question) BETWEEN 1 AND 500), -- as it was asked last
    language    text        NOT NULL DEFAULT '',
    asked       integer     NOT NULL DEFAULT 1,
    state       text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'written', 'dismissed')),
    article_id  uuid,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX knowledge_gaps_by_key ON knowledge_gaps (project_id, key);
CREATE INDEX knowledge_gaps_by_time ON knowledge_gaps (project_id, state, last_at DESC, id DESC);
CREATE TABLE knowledge_gap_questions (
    project_id      uuid        NOT NULL,
    gap_id          uuid        NOT NULL,
    turn_id         uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (project_id, gap_id, turn_id),
    FOREIGN KEY (project_id, gap_id) REFERENCES knowledge_gaps ON DELETE CASCADE,
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX knowledge_gap_questions_by_conversation ON knowledge_gap_questions (project_id, conversation_id);

-- How many chunks of a project have a word: what a rare word says counts more, and a misspelt word is looked up here.
-- The word '': how many chunks there are.
CREATE TABLE article_words (
    project_id  uuid     NOT NULL REFERENCES projects ON DELETE CASCADE,
    word        text     NOT NULL,
    chunks      integer  NOT NULL,
    PRIMARY KEY (project_id, word)
) WITH (fillfactor = 70); -- counts change in place
CREATE INDEX article_words_by_trigrams ON article_words USING gin (project_id, word gin_trgm_ops) WITH (fastupdate = off);

-- The meaning of each chunk as a model's vector, where PARLEY_EMBEDDINGS is set. model: whose vectors can be compared.
CREATE TABLE article_vectors (
    project_id  uuid     NOT NULL,
    article_id  uuid     NOT NULL,
    number      integer  NOT NULL,
    model       text     NOT NULL,
    vector      real[]   NOT NULL CHECK (cardinality(vector) = 1536), -- shorter ones end with zeros
    PRIMARY KEY (project_id, article_id, number),
    FOREIGN KEY (project_id, article_id, number) REFERENCES article_chunks ON DELETE CASCADE
);
-- They are searched with pgvector, where the database has it and this role may create it; without it, by words alone.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS vector;
    CREATE INDEX article_vectors_by_nearness ON article_vectors USING hnsw ((vector::vector(1536)) vector_cosine_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE NOTICE 'no pgvector: articles are searched by words alone';
END
$$;

-- An agent's conversation with the copilot, based on an article, on a conversation or on nothing. last_number counts its
-- messages. summary: of the messages up to summary_number.
CREATE TABLE copilot_sessions (
    project_id      uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id              uuid        NOT NULL,
    user_id         uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    article_id      uuid,
    conversation_id uuid,
    title           text        NOT NULL DEFAULT '' CHECK (char_length(title) <= 200),
    summary         text        NOT NULL DEFAULT '' CHECK (char_length(summary) <= 4000),
    summary_number  integer     NOT NULL DEFAULT 0,
    last_number     integer     NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE,
    CHECK (num_nonnulls(article_id, conversation_id) <= 1)
);
CREATE INDEX copilot_sessions_by_user ON copilot_sessions (project_id, user_id, changed_at DESC, id DESC);
CREATE INDEX copilot_sessions_of_account ON copilot_sessions (user_id);
CREATE INDEX copilot_sessions_by_conversation ON copilot_sessions (project_id, conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX copilot_sessions_by_article ON copilot_sessions (project_id, article_id) WHERE article_id IS NOT NULL;

-- What was asked and answered. turn_id: of a question, the turn that answers it, NULL while it waits; of an answer, the
-- turn that made it. about: the message of the conversation that the text is of. draft_id: of a social_edit the posts to
-- change, of an answer the posts that were made.
CREATE TABLE copilot_messages (
    project_id  uuid        NOT NULL,
    session_id  uuid        NOT NULL,
    number      integer     NOT NULL,
    id          uuid        NOT NULL,
    ref         uuid,
    turn_id     uuid,
    role        text        NOT NULL CHECK (role IN ('agent', 'copilot')),
    intent      text        NOT NULL DEFAULT '',
    state       text        NOT NULL DEFAULT 'done' CHECK (state IN ('waiting', 'running', 'done', 'stopped', 'failed')),
    text        text        NOT NULL CHECK (char_length(text) <= 20000),
    about       uuid,
    into_language text      NOT NULL DEFAULT '',
    tone        text        NOT NULL DEFAULT '',
    draft_id    uuid,
    at          timestamptz NOT NULL,
    PRIMARY KEY (project_id, session_id, number),
    FOREIGN KEY (project_id, session_id) REFERENCES copilot_sessions ON DELETE CASCADE
);
CREATE UNIQUE INDEX copilot_messages_by_ref ON copilot_messages (project_id, session_id, ref) WHERE ref IS NOT NULL;
CREATE INDEX copilot_messages_waiting ON copilot_messages (project_id, session_id, number) WHERE state = 'waiting';

-- What the copilot does about a question. Another worker takes over a running turn whose lease is over; attempt counts
-- them, and only the present one writes. shown: a part of the answer has been streamed. accepted_at: the agent took the
-- answer; edited: the edit distance to what was made of it.
CREATE TABLE copilot_turns (
    project_id    uuid        NOT NULL,
    id            uuid        NOT NULL,
    session_id    uuid        NOT NULL,
    number        integer     NOT NULL, -- of the question
    state         text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'completed', 'stopped', 'failed')),
    intent        text        NOT NULL DEFAULT '',
    attempt       integer     NOT NULL DEFAULT 0,
    lease_until   timestamptz NOT NULL,
    shown         boolean     NOT NULL DEFAULT false,
    error         text        NOT NULL DEFAULT '', -- a code
    provider      text        NOT NULL DEFAULT '',
    model         text        NOT NULL DEFAULT '',
    prompt_tokens integer     NOT NULL DEFAULT 0,
    answer_tokens integer     NOT NULL DEFAULT 0,
    estimated     boolean     NOT NULL DEFAULT false,
    cost          bigint      NOT NULL DEFAULT 0, -- in millionths of the price's currency
    accepted_at   timestamptz,
    edited        integer,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, session_id) REFERENCES copilot_sessions ON DELETE CASCADE
);
CREATE UNIQUE INDEX copilot_turns_one_running ON copilot_turns (project_id, session_id) WHERE state = 'running';
CREATE INDEX copilot_turns_due ON copilot_turns (lease_until) WHERE state = 'running';
CREATE INDEX copilot_turns_by_session ON copilot_turns (project_id, session_id, id);

-- Posts for social networks: what they say is in their versions. version: the newest one.
CREATE TABLE social_drafts (
    project_id   uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id           uuid        NOT NULL,
    session_id   uuid,       -- NULL: it was deleted
    title        text        NOT NULL DEFAULT '' CHECK (char_length(title) <= 200),
    state        text        NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'approved', 'published')),
    version      integer     NOT NULL DEFAULT 1,
    made_by      uuid        REFERENCES users ON DELETE SET NULL,
    approved_by  uuid        REFERENCES users ON DELETE SET NULL,
    approved_at  timestamptz,
    published_by uuid        REFERENCES users ON DELETE SET NULL,
    published_at timestamptz,
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, session_id) REFERENCES copilot_sessions ON DELETE SET NULL (session_id)
);
CREATE INDEX social_drafts_by_time ON social_drafts (project_id, changed_at DESC, id DESC);
CREATE INDEX social_drafts_by_session ON social_drafts (project_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX social_drafts_by_maker ON social_drafts (made_by) WHERE made_by IS NOT NULL;
CREATE INDEX social_drafts_by_approver ON social_drafts (approved_by) WHERE approved_by IS NOT NULL;
CREATE INDEX social_drafts_by_publisher ON social_drafts (published_by) WHERE published_by IS NOT NULL;

-- social: {posts, warnings} of core.copilot.social. turn_id: by the copilot; NULL: by hand.
CREATE TABLE social_draft_versions (
    project_id uuid        NOT NULL,
    draft_id   uuid        NOT NULL,
    number     integer     NOT NULL,
    social     jsonb       NOT NULL CHECK (octet_length(social::text) <= 131072),
    turn_id    uuid,
    made_by    uuid        REFERENCES users ON DELETE SET NULL,
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (project_id, draft_id, number),
    FOREIGN KEY (project_id, draft_id) REFERENCES social_drafts ON DELETE CASCADE
);
CREATE INDEX social_draft_versions_by_maker ON social_draft_versions (made_by) WHERE made_by IS NOT NULL;

-- How the copilot writes: owner_id is the agent, or the project itself for what holds where an agent has set nothing.
CREATE TABLE copilot_preferences (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    owner_id   uuid        NOT NULL,
    user_id    uuid        REFERENCES users ON DELETE CASCADE,
    tone       text        NOT NULL DEFAULT '' CHECK (tone IN ('', 'friendly', 'neutral', 'formal', 'playful')),
    length     text        NOT NULL DEFAULT '' CHECK (length IN ('', 'short', 'medium', 'long')),
    language   text        NOT NULL DEFAULT '' CHECK (char_length(language) <= 35),
    style      text        NOT NULL DEFAULT '' CHECK (char_length(style) <= 500),
    version    integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, owner_id),
    CHECK (owner_id = coalesce(user_id, project_id))
);
CREATE INDEX copilot_preferences_by_user ON copilot_preferences (user_id) WHERE user_id IS NOT NULL;

-- What agents made of the copilot's answers, by day of UTC. edited: the sum of the edit distances in code points, and
-- letters the sum of the lengths, of accepted answers.
CREATE TABLE copilot_figures (
    project_id uuid    NOT NULL REFERENCES projects ON DELETE CASCADE,
    day        date    NOT NULL,
    intent     text    NOT NULL,
    suggested  bigint  NOT NULL DEFAULT 0,
    accepted   bigint  NOT NULL DEFAULT 0,
    unedited   bigint  NOT NULL DEFAULT 0,
    edited     bigint  NOT NULL DEFAULT 0,
    letters    bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, day, intent)
);

-- Files that visitors and agents attach to messages. The bytes are in the store (PARLEY_STORAGE), under the project's and
-- the file's id. No foreign key to the project: the row is what tells the janitor which file to delete, so it outlives
-- everything else. conversation_id NULL: no message has taken it yet, or what had taken it is gone; then the file is
-- deleted after expires_at. size: as announced, then as stored. counted: bytes that attachment_storage counts for it.
CREATE TABLE attachments (
    project_id      uuid        NOT NULL,
    id              uuid        NOT NULL,
    party           text        NOT NULL CHECK (party IN ('visitor', 'agent')), -- who uploaded it
    uploader_id     uuid        NOT NULL,
    state           text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'uploading', 'ready', 'refused')),
    reason          text        NOT NULL DEFAULT '', -- a code: why it was refused
    name            text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 150),
    media_type      text        NOT NULL DEFAULT '',
    size            bigint      NOT NULL,
    counted         bigint      NOT NULL,
    width           integer,
    height          integer,
    thumbnail       boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    uploading_until timestamptz, -- after it another upload may begin
    conversation_id uuid,
    message_id      uuid,
    seq             bigint,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE SET NULL (conversation_id)
);
CREATE INDEX attachments_by_conversation ON attachments (project_id, conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX attachments_by_message ON attachments (project_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX attachments_by_uploader ON attachments (project_id, uploader_id) WHERE conversation_id IS NULL;
CREATE INDEX attachments_due ON attachments (expires_at) WHERE conversation_id IS NULL;

-- How much each project stores. quota in bytes; NULL: PARLEY_ATTACHMENT_QUOTA_MB.
CREATE TABLE attachment_storage (
    project_id uuid   PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    bytes      bigint NOT NULL DEFAULT 0,
    files      bigint NOT NULL DEFAULT 0,
    quota      bigint CHECK (quota >= 0)
);

-- The key pairs by which push services know this installation (VAPID). sealed: the private key. A retired pair signs for
-- the subscriptions that were made with it, and goes with the last of them.
CREATE TABLE push_keys (
    id         uuid        PRIMARY KEY,
    public_key bytea       NOT NULL CHECK (octet_length(public_key) = 65),
    sealed     bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);
CREATE UNIQUE INDEX push_keys_one_current ON push_keys ((true)) WHERE retired_at IS NULL;

-- The browsers that get a user's notifications while they are closed, one per sign-in. sealed: the address at the push
-- service, which is a secret, and the browser's keys. failures: in a row.
CREATE TABLE push_subscriptions (
    id            uuid        PRIMARY KEY,
    user_id       uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id    uuid        NOT NULL UNIQUE REFERENCES sessions ON DELETE CASCADE,
    key_id        uuid        NOT NULL REFERENCES push_keys,
    endpoint_hash bytea       NOT NULL UNIQUE CHECK (octet_length(endpoint_hash) = 32), -- keyed
    sealed        bytea       NOT NULL CHECK (octet_length(sealed) <= 4096),
    service       text        NOT NULL CHECK (char_length(service) <= 253), -- the host of the address
    created_at    timestamptz NOT NULL,
    pushed_at     timestamptz,
    failures      integer     NOT NULL DEFAULT 0
);
CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user_id);
CREATE INDEX push_subscriptions_by_key ON push_subscriptions (key_id);

-- Which notifications a user gets. Without a row: the defaults. quiet_from, quiet_until: minutes of the day in the zone
-- of the user; quiet_days: whole days, 0 is Monday.
CREATE TABLE notification_preferences (
    user_id     uuid        PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    unassigned  boolean     NOT NULL DEFAULT true, -- also of conversations that no member is assigned to
    shown       text        NOT NULL DEFAULT 'name' CHECK (shown IN ('nothing', 'name', 'text')),
    quiet_from  smallint    CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_until smallint    CHECK (quiet_until BETWEEN 0 AND 1439),
    quiet_days  smallint[]  NOT NULL DEFAULT '{}' CHECK (cardinality(quiet_days) <= 7),
    muted_until timestamptz,
    version     integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at  timestamptz NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);

-- Search over messages, visitors and notes. What is written waits in search_queue, where triggers put it: whoever
-- writes, also an earlier release, and in the same transaction. A worker's stage makes documents of it.
CREATE TABLE search_queue (
    id          bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id  uuid    NOT NULL,
    source      text    NOT NULL, -- message, visitor or visitor_note
    parent_id   uuid    NOT NULL, -- the conversation, or the visitor
    item_id     uuid    NOT NULL,
    seq         bigint, -- of a message
    added       boolean NOT NULL, -- the row is new; false: it was changed or deleted
    at          timestamptz NOT NULL DEFAULT now() -- since when it waits
);

-- The documents of a project by kind, in the order of time: a search goes from one bucket to the next, the newest first,
-- and ends when its page is full. key begins each word of the bucket's documents, so it is also what keeps projects apart.
CREATE SEQUENCE search_bucket_keys;
CREATE TABLE search_buckets (
    project_id  uuid    NOT NULL REFERENCES projects ON DELETE CASCADE,
    kind        text    NOT NULL CHECK (kind IN ('messages', 'visitors', 'notes')),
    number      integer NOT NULL, -- negative: of what is older than the search
    key         text    NOT NULL,
    documents   integer NOT NULL,
    PRIMARY KEY (project_id, kind, number)
) WITH (fillfactor = 50); -- counts change in place

-- words: of the folded text (core/search/words.py), never the text itself.
CREATE TABLE search_documents (
    project_id  uuid        NOT NULL,
    parent_id   uuid        NOT NULL,
    item_id     uuid        NOT NULL,
    seq         bigint, -- of a message
    kind        text        NOT NULL,
    bucket      integer     NOT NULL,
    at          timestamptz NOT NULL,
    words       tsvector    NOT NULL,
    PRIMARY KEY (project_id, parent_id, item_id)
);
-- Entries that are not sorted in yet: the more at a time, the less each costs; each look-up reads this list.
CREATE INDEX search_documents_by_words ON search_documents USING gin (words)
    WITH (fastupdate = on, gin_pending_list_limit = 512);

-- What was there before the search: which rows of a project have been listed in search_backlog. A project without a row
-- has all its documents.
CREATE TABLE search_backfills (
    project_id  uuid    PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    source      text    NOT NULL DEFAULT 'message', -- of what is listed next; '': all is listed
    parent_id   uuid    NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000', -- listed up to this one
    item_id     uuid    NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    seq         bigint  NOT NULL DEFAULT 0
);
CREATE TABLE search_backlog (
    project_id  uuid        NOT NULL,
    source      text        NOT NULL,
    at          timestamptz NOT NULL,
    item_id     uuid        NOT NULL,
    parent_id   uuid        NOT NULL,
    seq         bigint,
    PRIMARY KEY (project_id, at, item_id)
);

CREATE FUNCTION search_messages_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, seq, added)
    SELECT n.project_id, 'message', n.conversation_id, n.id, n.seq, true FROM added n;
    RETURN NULL;
END $$;
CREATE FUNCTION search_message_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, seq, added)
    VALUES (NEW.project_id, 'message', NEW.conversation_id, NEW.id, NEW.seq, false);
    RETURN NULL;
END $$;
CREATE FUNCTION search_visitor_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, added)
    VALUES (NEW.project_id, 'visitor', NEW.id, NEW.id, TG_OP = 'INSERT');
    RETURN NULL;
END $$;
CREATE FUNCTION search_visitor_note_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, added)
    VALUES (NEW.project_id, 'visitor_note', NEW.visitor_id, NEW.id, TG_OP = 'INSERT');
    RETURN NULL;
END $$;
CREATE FUNCTION search_visitor_note_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, added)
    VALUES (OLD.project_id, 'visitor_note', OLD.visitor_id, OLD.id, false);
    RETURN NULL;
END $$;

-- Once a statement: a batch of messages costs one call.
CREATE TRIGGER search_added AFTER INSERT ON messages REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION search_messages_added();
CREATE TRIGGER search_changed AFTER UPDATE ON messages FOR EACH ROW
    WHEN (OLD.body IS DISTINCT FROM NEW.body OR OLD.redacted_at IS DISTINCT FROM NEW.redacted_at)
    EXECUTE FUNCTION search_message_changed();
-- Visitors of whom nothing is known have no document: visitors_by_number finds them.
CREATE TRIGGER search_added AFTER INSERT ON visitors FOR EACH ROW
    WHEN (coalesce(NEW.name, NEW.given_name, NEW.external_id, NEW.facts::text, NEW.verified::text) IS NOT NULL)
    EXECUTE FUNCTION search_visitor_written();
CREATE TRIGGER search_changed AFTER UPDATE ON visitors FOR EACH ROW
    WHEN ((OLD.name, OLD.given_name, OLD.external_id, OLD.facts, OLD.verified)
          IS DISTINCT FROM (NEW.name, NEW.given_name, NEW.external_id, NEW.facts, NEW.verified))
    EXECUTE FUNCTION search_visitor_written();
CREATE TRIGGER search_written AFTER INSERT OR UPDATE OF text ON visitor_notes FOR EACH ROW
    EXECUTE FUNCTION search_visitor_note_written();
CREATE TRIGGER search_deleted AFTER DELETE ON visitor_notes FOR EACH ROW
    EXECUTE FUNCTION search_visitor_note_deleted();

-- How a project's widget looks: core.appearance.look.Look as JSON.
CREATE TABLE appearances (
    project_id uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    look       jsonb       NOT NULL CHECK (octet_length(look::text) <= 16384),
    version    integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at timestamptz NOT NULL,
    changed_by uuid        REFERENCES users ON DELETE SET NULL
);
CREATE INDEX appearances_by_changer ON appearances (changed_by) WHERE changed_by IS NOT NULL;

-- Logos, as PNG that we have encoded. id: from the hash of the picture, so that an address is immutable.
CREATE TABLE logos (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id         uuid        NOT NULL,
    png        bytea       NOT NULL CHECK (octet_length(png) <= 65536),
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (project_id, id)
);

-- How fast the members of a project answered in the last week. median: of the first answers, in seconds; NULL: there
-- were too few of them.
CREATE TABLE answer_times (
    project_id  uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    median      integer,
    answered    integer     NOT NULL, -- conversations
    measured_at timestamptz NOT NULL
);

-- The tokens that a project's assistant, and its agents' copilot, have spent on the turns that began on a day of UTC. Kept by
-- triggers, whoever writes, also an earlier release; at the commit, so that turns of a project do not wait for each other.
CREATE TABLE daily_tokens (
    project_id uuid   NOT NULL REFERENCES projects ON DELETE CASCADE,
    spender    text   NOT NULL CHECK (spender IN ('assistant', 'copilot')),
    day        date   NOT NULL,
    tokens     bigint NOT NULL,
    PRIMARY KEY (project_id, spender, day)
) WITH (fillfactor = 50); -- counts change in place
CREATE INDEX daily_tokens_old ON daily_tokens (day);

CREATE FUNCTION assistant_tokens_spent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO daily_tokens (project_id, spender, day, tokens)
    VALUES (NEW.project_id, 'assistant', (NEW.created_at AT TIME ZONE 'UTC')::date,
            NEW.prompt_tokens::bigint - OLD.prompt_tokens + NEW.answer_tokens - OLD.answer_tokens)
    ON CONFLICT (project_id, spender, day) DO UPDATE SET tokens = daily_tokens.tokens + EXCLUDED.tokens;
    RETURN NULL;
END $$;
CREATE FUNCTION copilot_tokens_spent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO daily_tokens (project_id, spender, day, tokens)
    VALUES (NEW.project_id, 'copilot', (NEW.created_at AT TIME ZONE 'UTC')::date,
            NEW.prompt_tokens::bigint - OLD.prompt_tokens + NEW.answer_tokens - OLD.answer_tokens)
    ON CONFLICT (project_id, spender, day) DO UPDATE SET tokens = daily_tokens.tokens + EXCLUDED.tokens;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tokens_spent AFTER UPDATE ON assistant_turns DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.prompt_tokens, OLD.answer_tokens) IS DISTINCT FROM (NEW.prompt_tokens, NEW.answer_tokens))
    EXECUTE FUNCTION assistant_tokens_spent();
CREATE CONSTRAINT TRIGGER tokens_spent AFTER UPDATE ON copilot_turns DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.prompt_tokens, OLD.answer_tokens) IS DISTINCT FROM (NEW.prompt_tokens, NEW.answer_tokens))
    EXECUTE FUNCTION copilot_tokens_spent();
