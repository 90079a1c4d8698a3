-- Edited and redacted messages. version: the number of the conversation's change that altered the message last. NULL in
-- every message that is as it was written, so that new messages cost nothing more.
ALTER TABLE messages
    ADD COLUMN version     bigint,
    ADD COLUMN edited_at   timestamptz,
    ADD COLUMN redacted_at timestamptz;

-- The altered messages of each conversation, for clients that come back. A table of its own, because an index on
-- messages would scan the whole table under a lock, and cost every new message.
CREATE TABLE altered_messages (
    project_id      uuid   NOT NULL,
    conversation_id uuid   NOT NULL,
    seq             bigint NOT NULL,
    version         bigint NOT NULL,
    PRIMARY KEY (project_id, conversation_id, seq),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
