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
