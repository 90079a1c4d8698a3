-- Counts what alters a conversation without a new message: status and assignee now, edits of messages later. A
-- client that comes back names the number it has seen. Releases before 0.3 do not count their changes.
ALTER TABLE conversations ADD COLUMN last_change bigint NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN last_change bigint;
