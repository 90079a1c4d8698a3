-- Who may attach files to messages: everyone, agents alone, or nobody.
ALTER TABLE projects ADD COLUMN attachments text NOT NULL DEFAULT 'everyone'
    CHECK (attachments IN ('everyone', 'agents', 'nobody'));
