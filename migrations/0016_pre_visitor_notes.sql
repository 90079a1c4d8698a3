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

ALTER TABLE users ADD COLUMN mail_on_mention boolean NOT NULL DEFAULT true;
