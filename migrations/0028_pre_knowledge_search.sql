-- How many chunks of a project have a word: what a rare word says counts more, and a misspelt word is looked up here.
-- The word '': how many chunks there are.
CREATE TABLE article_words (
    project_id  uuid     NOT NULL REFERENCES projects ON DELETE CASCADE,
    word        text     NOT NULL,
    chunks      integer  NOT NULL,
    PRIMARY KEY (project_id, word)
) WITH (fillfactor = 70); -- counts change in place
CREATE INDEX article_words_by_trigrams ON article_words USING gin (project_id, word gin_trgm_ops) WITH (fastupdate = off);

-- The meaning of each chunk as a model's vector, where PARLEY_EMBEDDINGS is set. model: whose vectors can be compared.
CREATE TABLE article_vectors (
    project_id  uuid     NOT NULL,
    article_id  uuid     NOT NULL,
    number      integer  NOT NULL,
    model       text     NOT NULL,
    vector      real[]   NOT NULL CHECK (cardinality(vector) = 1536), -- shorter ones end with zeros
    PRIMARY KEY (project_id, article_id, number),
    FOREIGN KEY (project_id, article_id, number) REFERENCES article_chunks ON DELETE CASCADE
);
-- They are searched with pgvector, where the database has it and this role may create it; without it, by words alone.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS vector;
    CREATE INDEX article_vectors_by_nearness ON article_vectors USING hnsw ((vector::vector(1536)) vector_cosine_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE NOTICE 'no pgvector: articles are searched by words alone';
END
$$;
-- Whose vectors the chunks of an article have; '': none.
ALTER TABLE article_preparations ADD COLUMN model text NOT NULL DEFAULT '';
