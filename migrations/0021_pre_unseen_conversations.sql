-- Conversations that were withheld from agents from their first message on: the janitor looks for old ones.
CREATE INDEX conversations_unseen ON conversations (created_at) WHERE shown_seq = 0 AND deleted_at IS NULL;
