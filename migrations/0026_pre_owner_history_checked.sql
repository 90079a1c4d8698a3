-- Reads each table once while others write to it. No row fails: the columns are new, and the checks before were narrower.
ALTER TABLE conversations VALIDATE CONSTRAINT conversations_owner_check;
ALTER TABLE conversation_changes VALIDATE CONSTRAINT conversation_changes_owner_check;
ALTER TABLE conversation_changes VALIDATE CONSTRAINT conversation_changes_check;
ALTER TABLE conversation_changes VALIDATE CONSTRAINT conversation_changes_actor_party_check;
