-- A customer's site signs who its visitor is. require_verified: what pages say without a signature is ignored.
-- ask_consent: a widget stores nothing and opens no connection before its visitor acts.
ALTER TABLE projects ADD COLUMN require_verified boolean NOT NULL DEFAULT false;
ALTER TABLE projects ADD COLUMN ask_consent boolean NOT NULL DEFAULT false;

-- Several of one project, for rotation; a token names its secret by the id. sealed: the secret, encrypted by
-- core.identity.encryption: it signs as well as it verifies.
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

-- verified: what the site signed, beside `facts`, which any script of its pages can say.
ALTER TABLE visitors ADD COLUMN external_id text CHECK (char_length(external_id) BETWEEN 1 AND 200);
ALTER TABLE visitors ADD COLUMN verified jsonb
    CHECK (jsonb_typeof(verified) = 'object' AND octet_length(verified::text) <= 8192);
ALTER TABLE visitors ADD COLUMN verified_at timestamptz;
CREATE UNIQUE INDEX visitors_by_external_id ON visitors (project_id, external_id) WHERE external_id IS NOT NULL;
