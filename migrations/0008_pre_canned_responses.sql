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
