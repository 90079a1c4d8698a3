-- Who answers the visitor: NULL until the assistant answers, then the assistant or a person. owner_reason: why, a word.
-- owner_version counts what people do about it: a turn of the assistant writes only under the version it began with.
-- NOT VALID: no scan of a large table under this lock; 0026 does it under a weaker one.
ALTER TABLE conversations ADD COLUMN owner text;
ALTER TABLE conversations ADD CONSTRAINT conversations_owner_check CHECK (owner IN ('assistant', 'person')) NOT VALID;
ALTER TABLE conversations ADD COLUMN owner_reason text;
ALTER TABLE conversations ADD COLUMN owner_version bigint NOT NULL DEFAULT 0;

-- Who took a conversation over is a part of its history.
ALTER TABLE conversation_changes ADD COLUMN owner text;
ALTER TABLE conversation_changes ADD CONSTRAINT conversation_changes_owner_check
    CHECK (owner IN ('assistant', 'person')) NOT VALID;
ALTER TABLE conversation_changes ADD COLUMN owner_reason text;
ALTER TABLE conversation_changes DROP CONSTRAINT conversation_changes_check;
ALTER TABLE conversation_changes ADD CONSTRAINT conversation_changes_check
    CHECK (status IS NOT NULL OR assigned OR owner IS NOT NULL) NOT VALID;
ALTER TABLE conversation_changes DROP CONSTRAINT conversation_changes_actor_party_check;
ALTER TABLE conversation_changes ADD CONSTRAINT conversation_changes_actor_party_check
    CHECK (actor_party IN ('visitor', 'agent', 'assistant', 'system')) NOT VALID;

-- The assistant of a project. published: the version of the workflow with which conversations begin.
CREATE TABLE assistants (
    project_id         uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    enabled            boolean     NOT NULL DEFAULT false,
    mode               text        NOT NULL DEFAULT 'prompt' CHECK (mode IN ('prompt', 'workflow')),
    availability       text        NOT NULL DEFAULT 'always' CHECK (availability IN ('always', 'nobody_online')),
    name               text        NOT NULL DEFAULT 'Assistant' CHECK (char_length(name) BETWEEN 1 AND 50),
    prompt             text        NOT NULL DEFAULT '' CHECK (char_length(prompt) <= 8000),
    fallback           text        NOT NULL DEFAULT '' CHECK (char_length(fallback) <= 1000),
    release_on_reopen  boolean     NOT NULL DEFAULT true, -- the assistant answers again in a conversation that was solved
    daily_tokens       integer     NOT NULL DEFAULT 200000 CHECK (daily_tokens BETWEEN 1000 AND 100000000),
    published          integer,
    version            integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at         timestamptz NOT NULL DEFAULT now(),
    changed_by         uuid        REFERENCES users ON DELETE SET NULL
);
CREATE INDEX assistants_by_changer ON assistants (changed_by) WHERE changed_by IS NOT NULL;

-- The workflow that managers draw, and what it was each time it was published.
CREATE TABLE workflow_drafts (
    project_id uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    workflow   jsonb       NOT NULL CHECK (octet_length(workflow::text) <= 1048576),
    version    integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by uuid        REFERENCES users ON DELETE SET NULL
);
CREATE INDEX workflow_drafts_by_changer ON workflow_drafts (changed_by) WHERE changed_by IS NOT NULL;
CREATE TABLE workflow_versions (
    project_id   uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    number       integer     NOT NULL,
    workflow     jsonb       NOT NULL CHECK (octet_length(workflow::text) <= 1048576),
    note         text        NOT NULL DEFAULT '' CHECK (char_length(note) <= 500),
    published_at timestamptz NOT NULL,
    published_by uuid        REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (project_id, number)
);
CREATE INDEX workflow_versions_by_publisher ON workflow_versions (published_by) WHERE published_by IS NOT NULL;

-- What the assistant keeps of a conversation between two turns. position: of core.assistant.turn. handoff_reason and
-- brief: for the team, of the last time it handed over. summary: of the messages up to summary_seq.
CREATE TABLE assistant_conversations (
    project_id      uuid    NOT NULL,
    conversation_id uuid    NOT NULL,
    position        jsonb,
    handoff_reason  text    NOT NULL DEFAULT '' CHECK (char_length(handoff_reason) <= 500),
    brief           text    NOT NULL DEFAULT '' CHECK (char_length(brief) <= 4000),
    summary         text    NOT NULL DEFAULT '' CHECK (char_length(summary) <= 4000),
    summary_seq     bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, conversation_id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);

-- A turn: what the assistant does about one or more messages of the visitor. Another worker takes over a running one
-- whose lease is over; attempt counts them, and only the present one writes. engine: core.assistant.turn, packed.
-- shown: a part of the answer has been streamed. first_ms: from the newest message to the first token.
CREATE TABLE assistant_turns (
    project_id      uuid        NOT NULL,
    id              uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    state           text        NOT NULL DEFAULT 'running'
        CHECK (state IN ('running', 'completed', 'interrupted', 'failed')),
    owner_version   bigint      NOT NULL,
    attempt         integer     NOT NULL DEFAULT 0,
    restarts        integer     NOT NULL DEFAULT 0,
    lease_until     timestamptz NOT NULL,
    shown           boolean     NOT NULL DEFAULT false,
    engine          bytea,
    workflow        integer     NOT NULL DEFAULT 0, -- its version; 0: the project's prompt alone
    error           text        NOT NULL DEFAULT '', -- a code
    stopped_by      text        NOT NULL DEFAULT '', -- a party
    message_seq     bigint,
    provider        text        NOT NULL DEFAULT '',
    model           text        NOT NULL DEFAULT '',
    prompt_tokens   integer     NOT NULL DEFAULT 0,
    answer_tokens   integer     NOT NULL DEFAULT 0,
    estimated       boolean     NOT NULL DEFAULT false,
    cost            bigint      NOT NULL DEFAULT 0, -- in millionths of the price's currency
    first_ms        integer,
    created_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE UNIQUE INDEX assistant_turns_one_running ON assistant_turns (project_id, conversation_id) WHERE state = 'running';
CREATE INDEX assistant_turns_due ON assistant_turns (lease_until) WHERE state = 'running';
CREATE INDEX assistant_turns_by_conversation ON assistant_turns (project_id, conversation_id, id);
CREATE INDEX assistant_turns_by_time ON assistant_turns (project_id, created_at);
CREATE INDEX assistant_turns_old ON assistant_turns (created_at) WHERE state <> 'running';

-- The messages that turns answer, by the events of their outbox rows. turn_id NULL: not answered yet.
CREATE TABLE assistant_inputs (
    project_id      uuid        NOT NULL,
    event_id        uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    seq             bigint      NOT NULL,
    turn_id         uuid,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (project_id, event_id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX assistant_inputs_by_conversation ON assistant_inputs (project_id, conversation_id, seq);
CREATE INDEX assistant_inputs_old ON assistant_inputs (created_at);

-- What happened in a turn, step by step: what a model was sent, what came back, which tool ran.
CREATE TABLE assistant_steps (
    project_id    uuid        NOT NULL,
    turn_id       uuid        NOT NULL,
    number        integer     NOT NULL,
    attempt       integer     NOT NULL,
    node          text        NOT NULL,
    kind          text        NOT NULL, -- ask, run, say or outcome
    outcome       text        NOT NULL,
    sent          text        NOT NULL DEFAULT '', -- JSON, cut
    received      text        NOT NULL DEFAULT '', -- JSON, cut
    ms            integer     NOT NULL DEFAULT 0,
    prompt_tokens integer     NOT NULL DEFAULT 0,
    answer_tokens integer     NOT NULL DEFAULT 0,
    at            timestamptz NOT NULL,
    PRIMARY KEY (project_id, turn_id, number),
    FOREIGN KEY (project_id, turn_id) REFERENCES assistant_turns ON DELETE CASCADE
);
