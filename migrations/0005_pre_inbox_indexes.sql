-- A filtered inbox costs what the unfiltered one costs, however few conversations fit: each filter reads one
-- or several of these in the order of the list.
CREATE INDEX conversations_by_status
    ON conversations (project_id, status, (assignee_id IS NULL), last_message_at DESC, id DESC);
CREATE INDEX conversations_by_assignee
    ON conversations (project_id, assignee_id, status, last_message_at DESC, id DESC)
    WHERE assignee_id IS NOT NULL;
