-- Identity, tenancy and access: accounts, second factors, sign-ins, invitations, API keys, audit, mail.

ALTER TABLE users
    ADD COLUMN state             text        NOT NULL DEFAULT 'active'
        CHECK (state IN ('active', 'deactivated', 'suspended', 'deleted')),
    ADD COLUMN email_verified_at timestamptz,
    ADD COLUMN is_admin          boolean     NOT NULL DEFAULT false,
    ADD COLUMN language          text        NOT NULL DEFAULT 'en' CHECK (char_length(language) BETWEEN 2 AND 12),
    ADD COLUMN timezone          text        NOT NULL DEFAULT 'UTC' CHECK (char_length(timezone) BETWEEN 1 AND 64),
    ADD COLUMN signed_in_at      timestamptz,
    ADD COLUMN still_named       boolean     NOT NULL DEFAULT false; -- deleted, and messages still say the name
CREATE INDEX users_still_named ON users (id) WHERE still_named;

-- Who could sign in before addresses were verified goes on doing so.
UPDATE users SET email_verified_at = created_at WHERE password_hash IS NOT NULL;

-- Gone for everybody; the janitor removes what is left of it, and then the row.
ALTER TABLE projects ADD COLUMN deleted_at timestamptz;
CREATE INDEX projects_deleted ON projects (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE avatars (
    user_id    uuid        PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    version    uuid        NOT NULL UNIQUE,
    media_type text        NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp')),
    image      bytea       NOT NULL CHECK (octet_length(image) <= 65536)
);

-- One sign-in, with the family of refresh tokens that were made in it. token_hash is the newest token's.
ALTER TABLE sessions
    ADD COLUMN device       text        NOT NULL DEFAULT '' CHECK (char_length(device) <= 300),
    ADD COLUMN address      text        NOT NULL DEFAULT '' CHECK (char_length(address) <= 64),
    ADD COLUMN rotated_at   timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now();

-- Tokens that mails carry; used once, and kept only as sha-256. email: the address that the mail went to.
-- password_hash: of somebody who registered again before verifying; the account gets that of the mail it is verified by.
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

-- sealed: the secret under core.identity.encryption, which says with which key. last_step: the replay guard.
CREATE TABLE two_factor (
    user_id      uuid        PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    sealed       bytea       NOT NULL,
    last_step    bigint      NOT NULL DEFAULT 0,
    confirmed_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE recovery_codes (
    user_id   uuid  NOT NULL REFERENCES users ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);

-- OpenID Connect: who somebody is, is (issuer, subject), never an e-mail address.
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

-- Accepted and revoked ones are deleted; the audit log keeps their story. An expired one is replaced by a new one.
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
    hint         text        NOT NULL, -- the first characters, by which people tell keys apart
    scopes       text[]      NOT NULL CHECK (cardinality(scopes) >= 1),
    created_by   uuid        REFERENCES users ON DELETE SET NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    PRIMARY KEY (project_id, id)
);

-- project_id NULL: what concerns no project. Names are kept as they were; nobody rewrites history by leaving.
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

-- The outbox of mail: a row is written in the transaction of what it tells about, and deleted once the SMTP server
-- took it. sealed: recipient's facts and tokens for the template, under core.identity.encryption. dead: given up, and why.
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
