-- What a structured message adds to its text: core/content.py. NULL: nothing, as in every earlier row.
-- Without a CHECK: adding one scans the whole table under this lock, and core.apply is the only writer.
ALTER TABLE messages ADD COLUMN content jsonb;
