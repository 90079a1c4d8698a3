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

-- When managers were last told that most of the daily tokens is used.
ALTER TABLE assistants ADD COLUMN warned_at timestamptz;
