-- The state of the forms that were sent; id is their message's. Snapshots: a template may change or go afterwards.
CREATE TABLE form_requests (
    project_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    seq             bigint      NOT NULL CHECK (seq > 0),
    template_id     uuid        NOT NULL,
    name            text        NOT NULL,
    fields          jsonb       NOT NULL,
    state           text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'expired', 'cancelled')),
    expires_at      timestamptz,
    answer_id       uuid, -- the message that answered
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE UNIQUE INDEX form_requests_one_open ON form_requests (project_id, conversation_id) WHERE state = 'open';
CREATE INDEX form_requests_by_conversation ON form_requests (project_id, conversation_id);
CREATE INDEX form_requests_due ON form_requests (expires_at) WHERE state = 'open' AND expires_at IS NOT NULL;

-- The forms that were filled; id is their message's, which has the values. request_id NULL: without a request.
CREATE TABLE form_answers (
    project_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    id              uuid        NOT NULL,
    seq             bigint      NOT NULL CHECK (seq > 0),
    template_id     uuid        NOT NULL,
    request_id      uuid,
    fields          jsonb       NOT NULL, -- the snapshot by which a correction is checked
    version         integer     NOT NULL DEFAULT 1, -- counts the corrections
    removed_at      timestamptz,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE UNIQUE INDEX form_answers_once ON form_answers (project_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX form_answers_by_conversation ON form_answers (project_id, conversation_id);
CREATE INDEX form_answers_by_template ON form_answers (project_id, template_id, id DESC) WHERE removed_at IS NULL;
