-- What the inbox filters by, besides status and assignee. has_form: a message is a form, or the answer to one.
-- has_note: agents keep notes about the visitor.
ALTER TABLE conversations ADD COLUMN has_form boolean NOT NULL DEFAULT false;
ALTER TABLE conversations ADD COLUMN has_note boolean NOT NULL DEFAULT false;
-- A deleted conversation is hidden at once. The janitor deletes its rows in batches, and then this one.
ALTER TABLE conversations ADD COLUMN deleted_at timestamptz;
ALTER TABLE projects ADD COLUMN reopen_on_reply boolean NOT NULL DEFAULT false;

CREATE INDEX conversations_flagged
    ON conversations (project_id, has_form, has_note, status, (assignee_id IS NULL), last_message_at DESC, id DESC)
    WHERE has_form OR has_note;
CREATE INDEX conversations_flagged_by_assignee
    ON conversations (project_id, assignee_id, has_form, has_note, status, last_message_at DESC, id DESC)
    WHERE assignee_id IS NOT NULL AND (has_form OR has_note);
CREATE INDEX conversations_deleted ON conversations (deleted_at) WHERE deleted_at IS NOT NULL;

-- Notes that were written before this migration.
UPDATE conversations c SET has_note = true
WHERE EXISTS (SELECT FROM visitor_notes n WHERE n.project_id = c.project_id AND n.visitor_id = c.visitor_id);

-- The filters of the inbox that a member has named, in the member's order: [{"name", "filter"}].
CREATE TABLE saved_views (
    project_id uuid    NOT NULL,
    user_id    uuid    NOT NULL,
    version    integer NOT NULL DEFAULT 1, -- counts the changes
    views      jsonb   NOT NULL CHECK (jsonb_typeof(views) = 'array' AND octet_length(views::text) <= 16384),
    PRIMARY KEY (project_id, user_id),
    FOREIGN KEY (project_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
