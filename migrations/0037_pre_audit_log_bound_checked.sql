-- Reads the whole table while others read and write it.
ALTER TABLE audit_log VALIDATE CONSTRAINT audit_log_bound;
