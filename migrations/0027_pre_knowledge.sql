-- Search by words and by parts of words, within one project: contrib modules that a database's owner may create.
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Where visitors find a project's articles.
CREATE TABLE knowledge_settings (
    project_id      uuid        PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    in_widget       boolean     NOT NULL DEFAULT true,  -- the widget's home has a search over published articles
    help_page       boolean     NOT NULL DEFAULT false, -- /help/<project>
    version         integer     NOT NULL DEFAULT 1, -- counts the changes
    changed_at      timestamptz NOT NULL DEFAULT now(),
    changed_by      uuid        REFERENCES users ON DELETE SET NULL
);
CREATE INDEX knowledge_settings_by_changer ON knowledge_settings (changed_by) WHERE changed_by IS NOT NULL;

-- Articles. version: the newest of article_versions. published: the one that visitors and the assistant see; NULL: a
-- draft. title, language, category and url are those of the newest version, for lists. source_hash: of the text as it
-- was imported, so that a change is noticed. removed_at: its versions stay for answers that cite it.
CREATE TABLE articles (
    project_id    uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id            uuid        NOT NULL,
    title         text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    language      text        NOT NULL CHECK (char_length(language) BETWEEN 2 AND 20),
    category      text        NOT NULL DEFAULT '' CHECK (char_length(category) <= 50),
    url           text        NOT NULL DEFAULT '' CHECK (char_length(url) <= 2000),
    folded        text        NOT NULL DEFAULT '', -- title and address without case and accents, for lists
    version       integer     NOT NULL DEFAULT 1,
    published     integer,
    published_at  timestamptz,
    source        text        NOT NULL DEFAULT 'written' CHECK (source IN ('written', 'address', 'file')),
    source_hash   bytea,
    refetch_days  integer     CHECK (refetch_days BETWEEN 1 AND 365),
    refetch_at    timestamptz,
    helpful       integer     NOT NULL DEFAULT 0, -- answers to "was this helpful?"
    unhelpful     integer     NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    changed_by    uuid        REFERENCES users ON DELETE SET NULL,
    removed_at    timestamptz,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX articles_by_time ON articles (project_id, changed_at DESC, id DESC) WHERE removed_at IS NULL;
CREATE INDEX articles_published ON articles (project_id, language, category) WHERE published IS NOT NULL AND removed_at IS NULL;
CREATE INDEX articles_by_url ON articles (project_id, url) WHERE url <> '' AND removed_at IS NULL;
CREATE INDEX articles_to_fetch ON articles (refetch_at) WHERE refetch_at IS NOT NULL AND removed_at IS NULL;
CREATE INDEX articles_removed ON articles (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX articles_by_changer ON articles (changed_by) WHERE changed_by IS NOT NULL;

-- Every version of an article, as it was saved. summary: made when it was prepared.
CREATE TABLE article_versions (
    project_id  uuid        NOT NULL,
    article_id  uuid        NOT NULL,
    number      integer     NOT NULL,
    title       text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    language    text        NOT NULL CHECK (char_length(language) BETWEEN 2 AND 20),
    category    text        NOT NULL DEFAULT '' CHECK (char_length(category) <= 50),
    url         text        NOT NULL DEFAULT '' CHECK (char_length(url) <= 2000),
    content     text        NOT NULL CHECK (char_length(content) <= 200000), -- Markdown
    summary     text        NOT NULL DEFAULT '' CHECK (char_length(summary) <= 2000),
    made_at     timestamptz NOT NULL,
    made_by     uuid        REFERENCES users ON DELETE SET NULL, -- NULL: by an import, or that account was deleted
    PRIMARY KEY (project_id, article_id, number),
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE
);
CREATE INDEX article_versions_by_maker ON article_versions (made_by) WHERE made_by IS NOT NULL;

-- The latest answers to "was this helpful?", so that a visitor counts once for each version. slot: of the hash; a later
-- voter with the same one replaces an earlier voter, so that an article has at most 1,024 rows. voter: a hash.
CREATE TABLE article_votes (
    project_id  uuid     NOT NULL,
    article_id  uuid     NOT NULL,
    slot        smallint NOT NULL CHECK (slot BETWEEN 0 AND 1023),
    voter       bytea    NOT NULL CHECK (octet_length(voter) = 16),
    version     integer  NOT NULL,
    helpful     boolean  NOT NULL,
    PRIMARY KEY (project_id, article_id, slot),
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE
);

-- The parts of published versions that are searched: each at most about 400 tokens, under its headings. language: without
-- its region. length: how many words it has, with the title. words: which, in lower case without accents, stemmed as the
-- language is, and pairs of neighbours; once more those of title and headings, with ^, and what occurs twice, with ^^, or
-- four times, with ^^^. Each begins with six characters of its project, so that the index finds a project's words alone:
-- with project_id as a column of it, each look-up would read the list of all the project's chunks.
CREATE TABLE article_chunks (
    project_id  uuid     NOT NULL,
    article_id  uuid     NOT NULL,
    number      integer  NOT NULL,
    version     integer  NOT NULL,
    language    text     NOT NULL,
    heading     text     NOT NULL DEFAULT '',
    content     text     NOT NULL,
    length      integer  NOT NULL,
    words       tsvector NOT NULL,
    PRIMARY KEY (project_id, article_id, number),
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE
);
CREATE INDEX article_chunks_by_words ON article_chunks USING gin (words) WITH (fastupdate = off); -- or each search reads what waits to be added

-- The work of preparing an article's published version, one row for each article; a later version replaces it. stage:
-- what is being done. error: a code, when it was given up.
CREATE TABLE article_preparations (
    project_id  uuid        NOT NULL,
    article_id  uuid        NOT NULL,
    version     integer     NOT NULL,
    state       text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'failed')),
    stage       text        NOT NULL DEFAULT '' CHECK (stage IN ('', 'chunks', 'summary', 'vectors')),
    error       text        NOT NULL DEFAULT '',
    tries       integer     NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL,
    prepared_at timestamptz,
    PRIMARY KEY (project_id, article_id),
    FOREIGN KEY (project_id, article_id) REFERENCES articles ON DELETE CASCADE
);
CREATE INDEX article_preparations_due ON article_preparations (due_at) WHERE state = 'queued';

-- Imports: of an address, of a sitemap's addresses or of a file, and of articles whose time to be fetched again has come
-- (schedule), with what became of each page.
CREATE TABLE article_imports (
    project_id  uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id          uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('address', 'sitemap', 'file', 'schedule')),
    source      text        NOT NULL CHECK (char_length(source) BETWEEN 1 AND 2000), -- the address, or the file's name
    body        bytea       CHECK (octet_length(body) <= 10485760), -- of a file, until it is read
    category    text        NOT NULL DEFAULT '' CHECK (char_length(category) <= 50),
    language    text        NOT NULL DEFAULT '' CHECK (char_length(language) <= 20), -- '': that of each page
    publish     boolean     NOT NULL DEFAULT false,
    refetch_days integer    CHECK (refetch_days BETWEEN 1 AND 365),
    state       text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'failed', 'cancelled')),
    error       text        NOT NULL DEFAULT '', -- a code
    tries       integer     NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    created_by  uuid        REFERENCES users ON DELETE SET NULL,
    ended_at    timestamptz,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX article_imports_by_time ON article_imports (project_id, created_at DESC, id DESC);
CREATE INDEX article_imports_due ON article_imports (due_at) WHERE state = 'queued';
CREATE INDEX article_imports_by_maker ON article_imports (created_by) WHERE created_by IS NOT NULL;
CREATE TABLE article_import_pages (
    project_id  uuid        NOT NULL,
    import_id   uuid        NOT NULL,
    number      integer     NOT NULL,
    source      text        NOT NULL CHECK (char_length(source) BETWEEN 1 AND 2000),
    outcome     text        NOT NULL DEFAULT 'waiting'
        CHECK (outcome IN ('waiting', 'created', 'changed', 'unchanged', 'refused')),
    code        text        NOT NULL DEFAULT '', -- why it was refused
    article_id  uuid,
    PRIMARY KEY (project_id, import_id, number),
    FOREIGN KEY (project_id, import_id) REFERENCES article_imports ON DELETE CASCADE
);

-- Questions of visitors that no article answered, those of one group together. key: its folded words, sorted.
CREATE TABLE knowledge_gaps (
    project_id  uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    id          uuid        NOT NULL,
    key         text        NOT NULL CHECK (char_length(key) BETWEEN 1 AND 500),
    question    text        NOT NULL CHECK (char_length(question) BETWEEN 1 AND 500), -- as it was asked last
    language    text        NOT NULL DEFAULT '',
    asked       integer     NOT NULL DEFAULT 1,
    state       text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'written', 'dismissed')),
    article_id  uuid,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX knowledge_gaps_by_key ON knowledge_gaps (project_id, key);
CREATE INDEX knowledge_gaps_by_time ON knowledge_gaps (project_id, state, last_at DESC, id DESC);
CREATE TABLE knowledge_gap_questions (
    project_id      uuid        NOT NULL,
    gap_id          uuid        NOT NULL,
    turn_id         uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (project_id, gap_id, turn_id),
    FOREIGN KEY (project_id, gap_id) REFERENCES knowledge_gaps ON DELETE CASCADE,
    FOREIGN KEY (project_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX knowledge_gap_questions_by_conversation ON knowledge_gap_questions (project_id, conversation_id);

-- The article that a conversation is about, which the visitor asked from. uncovered: answers in a row that no article
-- covered.
ALTER TABLE assistant_conversations ADD COLUMN article_id uuid;
ALTER TABLE assistant_conversations ADD COLUMN uncovered integer NOT NULL DEFAULT 0;
-- What the visitor wanted, as it was decided: an intent.
ALTER TABLE assistant_turns ADD COLUMN intent text NOT NULL DEFAULT '';
