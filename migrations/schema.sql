-- The schema as it is now. Proven equal to the sum of the numbered files by tests/integration/migrations.
-- Times are timestamptz; ids are UUIDv7 made by the writer; every tenant table leads its keys with project_id.

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
    reopen_on_reply  boolean NOT NULL DEFAULT false -- an agent's reply reopens a solved conversation
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
);
CREATE INDEX audit_log_by_project ON audit_log (project_id, at DESC, id DESC);
CREATE INDEX audit_log_by_time ON audit_log (at);

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
