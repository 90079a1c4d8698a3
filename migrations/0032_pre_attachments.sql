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
