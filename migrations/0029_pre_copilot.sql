-- An agent's conversation with the copilot, based on an article, on a conversation or on nothing. last_number counts its
-- messages. summary: of the messages up to summary_number.
CREATE TABLE copilot_sessions (
    project_id      uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id              uuid        NOT NULL,
    user_id         uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    article_id      uuid,
    conversation_id uuid,
    title           text        NOT NULL DEFAULT '' CHECK (char_length(title) <= 200),
    summary         text        NOT NULL DEFAULT '' CHECK (char_length(summary) <= 4000),
    summary_number  integer     NOT NULL DEFAULT 0,
    last_number     integer     NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE,
    CHECK (num_nonnulls(article_id, conversation_id) <= 1)
);
CREATE INDEX copilot_sessions_by_user ON copilot_sessions (project_id, user_id, changed_at DESC, id DESC);
CREATE INDEX copilot_sessions_of_account ON copilot_sessions (user_id);
CREATE INDEX copilot_sessions_by_conversation ON copilot_sessions (project_id, conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX copilot_sessions_by_article ON copilot_sessions (project_id, article_id) WHERE article_id IS NOT NULL;

-- What was asked and answered. turn_id: of a question, the turn that answers it, NULL while it waits; of an answer, the
-- turn that made it. about: the message of the conversation that the text is of. draft_id: of a social_edit the posts to
-- change, of an answer the posts that were made.
CREATE TABLE copilot_messages (
    project_id  uuid        NOT NULL,
    session_id  uuid        NOT NULL,
    number      integer     NOT NULL,
    id          uuid        NOT NULL,
    ref         uuid,
    turn_id     uuid,
    role        text        NOT NULL CHECK (role IN ('agent', 'copilot')),
    intent      text        NOT NULL DEFAULT '',
    state       text        NOT NULL DEFAULT 'done' CHECK (state IN ('waiting', 'running', 'done', 'stopped', 'failed')),
    text        text        NOT NULL CHECK (char_length(text) <= 20000),
    about       uuid,
    into_language text      NOT NULL DEFAULT '',
    tone        text        NOT NULL DEFAULT '',
    draft_id    uuid,
    at          timestamptz NOT NULL,
    PRIMARY KEY (project_id, session_id, number),
    FOREIGN KEY (project_id, session_id) REFERENCES copilot_sessions ON DELETE CASCADE
);
CREATE UNIQUE INDEX copilot_messages_by_ref ON copilot_messages (project_id, session_id, ref) WHERE ref IS NOT NULL;
CREATE INDEX copilot_messages_waiting ON copilot_messages (project_id, session_id, number) WHERE state = 'waiting';

-- What the copilot does about a question. Another worker takes over a running turn whose lease is over; attempt counts
-- them, and only the present one writes. shown: a part of the answer has been streamed. accepted_at: the agent took the
-- answer; edited: the edit distance to what was made of it.
CREATE TABLE copilot_turns (
    project_id    uuid        NOT NULL,
    id            uuid        NOT NULL,
    session_id    uuid        NOT NULL,
    number        integer     NOT NULL, -- of the question
    state         text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'completed', 'stopped', 'failed')),
    intent        text        NOT NULL DEFAULT '',
    attempt       integer     NOT NULL DEFAULT 0,
    lease_until   timestamptz NOT NULL,
    shown         boolean     NOT NULL DEFAULT false,
    error         text        NOT NULL DEFAULT '', -- a code
    provider      text        NOT NULL DEFAULT '',
    model         text        NOT NULL DEFAULT '',
    prompt_tokens integer     NOT NULL DEFAULT 0,
    answer_tokens integer     NOT NULL DEFAULT 0,
    estimated     boolean     NOT NULL DEFAULT false,
    cost          bigint      NOT NULL DEFAULT 0, -- in millionths of the price's currency
    accepted_at   timestamptz,
    edited        integer,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, session_id) REFERENCES copilot_sessions ON DELETE CASCADE
);
CREATE UNIQUE INDEX copilot_turns_one_running ON copilot_turns (project_id, session_id) WHERE state = 'running';
CREATE INDEX copilot_turns_due ON copilot_turns (lease_until) WHERE state = 'running';
CREATE INDEX copilot_turns_by_session ON copilot_turns (project_id, session_id, id);

-- Posts for social networks: what they say is in their versions. version: the newest one.
CREATE TABLE social_drafts (
    project_id   uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id           uuid        NOT NULL,
    session_id   uuid,       -- NULL: it was deleted
    title        text        NOT NULL DEFAULT '' CHECK (char_length(title) <= 200),
    state        text        NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'approved', 'published')),
    version      integer     NOT NULL DEFAULT 1,
    made_by      uuid        REFERENCES users ON DELETE SET NULL,
    approved_by  uuid        REFERENCES users ON DELETE SET NULL,
    approved_at  timestamptz,
    published_by uuid        REFERENCES users ON DELETE SET NULL,
    published_at timestamptz,
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, session_id) REFERENCES copilot_sessions ON DELETE SET NULL (session_id)
);
CREATE INDEX social_drafts_by_time ON social_drafts (project_id, changed_at DESC, id DESC);
CREATE INDEX social_drafts_by_session ON social_drafts (project_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX social_drafts_by_maker ON social_drafts (made_by) WHERE made_by IS NOT NULL;
CREATE INDEX social_drafts_by_approver ON social_drafts (approved_by) WHERE approved_by IS NOT NULL;
CREATE INDEX social_drafts_by_publisher ON social_drafts (published_by) WHERE published_by IS NOT NULL;

-- social: {posts, warnings} of core.copilot.social. turn_id: by the copilot; NULL: by hand.
CREATE TABLE social_draft_versions (
    project_id uuid        NOT NULL,
    draft_id   uuid        NOT NULL,
    number     integer     NOT NULL,
    social     jsonb       NOT NULL CHECK (octet_length(social::text) <= 131072),
    turn_id    uuid,
    made_by    uuid        REFERENCES users ON DELETE SET NULL,
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (project_id, draft_id, number),
    FOREIGN KEY (project_id, draft_id) REFERENCES social_drafts ON DELETE CASCADE
);
CREATE INDEX social_draft_versions_by_maker ON social_draft_versions (made_by) WHERE made_by IS NOT NULL;

-- How the copilot writes: owner_id is the agent, or the project itself for what holds where an agent has set nothing.
CREATE TABLE copilot_preferences (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    owner_id   uuid        NOT NULL,
    user_id    uuid        REFERENCES users ON DELETE CASCADE,
    tone       text        NOT NULL DEFAULT '' CHECK (tone IN ('', 'friendly', 'neutral', 'formal', 'playful')),
    length     text        NOT NULL DEFAULT '' CHECK (length IN ('', 'short', 'medium', 'long')),
    language   text        NOT NULL DEFAULT '' CHECK (char_length(language) <= 35),
    style      text        NOT NULL DEFAULT '' CHECK (char_length(style) <= 500),
    version    integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, owner_id),
    CHECK (owner_id = coalesce(user_id, project_id))
);
CREATE INDEX copilot_preferences_by_user ON copilot_preferences (user_id) WHERE user_id IS NOT NULL;

-- What agents made of the copilot's answers, by day of UTC. edited: the sum of the edit distances in code points, and
-- letters the sum of the lengths, of accepted answers.
CREATE TABLE copilot_figures (
    project_id uuid    NOT NULL REFERENCES projects ON DELETE CASCADE,
    day        date    NOT NULL,
    intent     text    NOT NULL,
    suggested  bigint  NOT NULL DEFAULT 0,
    accepted   bigint  NOT NULL DEFAULT 0,
    unedited   bigint  NOT NULL DEFAULT 0,
    edited     bigint  NOT NULL DEFAULT 0,
    letters    bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, day, intent)
);
