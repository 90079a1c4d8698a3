-- How a project's widget looks: core.appearance.look.Look as JSON.
CREATE TABLE appearances (
    project_id uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    look       jsonb       NOT NULL CHECK (octet_length(look::text) <= 16384),
    version    integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at timestamptz NOT NULL,
    changed_by uuid        REFERENCES users ON DELETE SET NULL
);
CREATE INDEX appearances_by_changer ON appearances (changed_by) WHERE changed_by IS NOT NULL;

-- Logos, as PNG that we have encoded. id: from the hash of the picture, so that an address is immutable.
CREATE TABLE logos (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id         uuid        NOT NULL,
    png        bytea       NOT NULL CHECK (octet_length(png) <= 65536),
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (project_id, id)
);

-- How fast the members of a project answered in the last week. median: of the first answers, in seconds; NULL: there
-- were too few of them.
CREATE TABLE answer_times (
    project_id  uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    median      integer,
    answered    integer     NOT NULL, -- conversations
    measured_at timestamptz NOT NULL
);
