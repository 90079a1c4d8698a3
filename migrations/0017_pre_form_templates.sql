-- Forms that agents send to visitors. name_key: the name as it is compared, ignoring case in every alphabet.
CREATE TABLE form_templates (
    project_id  uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id          uuid        NOT NULL,
    name        text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    name_key    text        NOT NULL CHECK (char_length(name_key) BETWEEN 1 AND 400),
    description text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 500),
    fields      jsonb       NOT NULL, -- core/content.py: FormField
    enabled     boolean     NOT NULL DEFAULT true,
    pre_chat    boolean     NOT NULL DEFAULT false, -- shown before the first message
    version     integer     NOT NULL DEFAULT 1, -- counts the changes
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz, -- hidden; its answers stay
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX form_templates_by_name ON form_templates (project_id, name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX form_templates_pre_chat ON form_templates (project_id)
    WHERE pre_chat AND enabled AND deleted_at IS NULL;
