-- Search over messages, visitors and notes. What is written waits in search_queue, where triggers put it: whoever
-- writes, also an earlier release, and in the same transaction. A worker's stage makes documents of it.
CREATE TABLE search_queue (
    id          bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id  uuid    NOT NULL,
    source      text    NOT NULL, -- message, visitor or visitor_note
    parent_id   uuid    NOT NULL, -- the conversation, or the visitor
    item_id     uuid    NOT NULL,
    seq         bigint, -- of a message
    added       boolean NOT NULL  -- the row is new; false: it was changed or deleted
);

-- The documents of a project by kind, in the order of time: a search goes from one bucket to the next, the newest first,
-- and ends when its page is full. key begins each word of the bucket's documents, so it is also what keeps projects apart.
CREATE SEQUENCE search_bucket_keys;
CREATE TABLE search_buckets (
    project_id  uuid    NOT NULL REFERENCES projects ON DELETE CASCADE,
    kind        text    NOT NULL CHECK (kind IN ('messages', 'visitors', 'notes')),
    number      integer NOT NULL, -- negative: of what is older than the search
    key         text    NOT NULL,
    documents   integer NOT NULL,
    PRIMARY KEY (project_id, kind, number)
) WITH (fillfactor = 50); -- counts change in place

-- words: of the folded text (core/search/words.py), never the text itself.
CREATE TABLE search_documents (
    project_id  uuid        NOT NULL,
    parent_id   uuid        NOT NULL,
    item_id     uuid        NOT NULL,
    seq         bigint, -- of a message
    kind        text        NOT NULL,
    bucket      integer     NOT NULL,
    at          timestamptz NOT NULL,
    words       tsvector    NOT NULL,
    PRIMARY KEY (project_id, parent_id, item_id)
);
-- A short list of entries that are not sorted in yet halves the cost of a document, and each search reads it.
CREATE INDEX search_documents_by_words ON search_documents USING gin (words)
    WITH (fastupdate = on, gin_pending_list_limit = 64);

-- What was there before the search: which rows of a project have been listed in search_backlog. A project without a row
-- has all its documents.
CREATE TABLE search_backfills (
    project_id  uuid    PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    source      text    NOT NULL DEFAULT 'message', -- of what is listed next; '': all is listed
    parent_id   uuid    NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000', -- listed up to this one
    item_id     uuid    NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    seq         bigint  NOT NULL DEFAULT 0
);
CREATE TABLE search_backlog (
    project_id  uuid        NOT NULL,
    source      text        NOT NULL,
    at          timestamptz NOT NULL,
    item_id     uuid        NOT NULL,
    parent_id   uuid        NOT NULL,
    seq         bigint,
    PRIMARY KEY (project_id, at, item_id)
);

CREATE FUNCTION search_messages_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, seq, added)
    SELECT n.project_id, 'message', n.conversation_id, n.id, n.seq, true FROM added n;
    RETURN NULL;
END $$;
CREATE FUNCTION search_message_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, seq, added)
    VALUES (NEW.project_id, 'message', NEW.conversation_id, NEW.id, NEW.seq, false);
    RETURN NULL;
END $$;
CREATE FUNCTION search_visitor_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, added)
    VALUES (NEW.project_id, 'visitor', NEW.id, NEW.id, TG_OP = 'INSERT');
    RETURN NULL;
END $$;
CREATE FUNCTION search_visitor_note_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, added)
    VALUES (NEW.project_id, 'visitor_note', NEW.visitor_id, NEW.id, TG_OP = 'INSERT');
    RETURN NULL;
END $$;
CREATE FUNCTION search_visitor_note_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (project_id, source, parent_id, item_id, added)
    VALUES (OLD.project_id, 'visitor_note', OLD.visitor_id, OLD.id, false);
    RETURN NULL;
END $$;

-- Once a statement: a batch of messages costs one call.
CREATE TRIGGER search_added AFTER INSERT ON messages REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION search_messages_added();
CREATE TRIGGER search_changed AFTER UPDATE ON messages FOR EACH ROW
    WHEN (OLD.body IS DISTINCT FROM NEW.body OR OLD.redacted_at IS DISTINCT FROM NEW.redacted_at)
    EXECUTE FUNCTION search_message_changed();
CREATE TRIGGER search_added AFTER INSERT ON visitors FOR EACH ROW EXECUTE FUNCTION search_visitor_written();
CREATE TRIGGER search_changed AFTER UPDATE ON visitors FOR EACH ROW
    WHEN ((OLD.name, OLD.given_name, OLD.external_id, OLD.facts, OLD.verified)
          IS DISTINCT FROM (NEW.name, NEW.given_name, NEW.external_id, NEW.facts, NEW.verified))
    EXECUTE FUNCTION search_visitor_written();
CREATE TRIGGER search_written AFTER INSERT OR UPDATE OF text ON visitor_notes FOR EACH ROW
    EXECUTE FUNCTION search_visitor_note_written();
CREATE TRIGGER search_deleted AFTER DELETE ON visitor_notes FOR EACH ROW
    EXECUTE FUNCTION search_visitor_note_deleted();

INSERT INTO search_backfills (project_id) SELECT id FROM projects WHERE deleted_at IS NULL;
