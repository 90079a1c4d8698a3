-- POST requests with an Idempotency-Key, for 24 hours. project_id: for requests of no project the caller's own id, so
-- there is no reference to projects. id: a keyed hash of project, caller, route and key, which is not stored itself.
CREATE TABLE idempotent_requests (
    project_id    uuid        NOT NULL,
    id            uuid        NOT NULL,
    request_hash  bytea       NOT NULL CHECK (octet_length(request_hash) = 32), -- keyed
    attempt       uuid        NOT NULL, -- which execution may record its effect and its answer
    took_effect   boolean     NOT NULL DEFAULT false, -- set in the transaction of the effect
    answer        bytea       CHECK (octet_length(answer) <= 70000), -- sealed; null until it is known
    running_until timestamptz NOT NULL, -- when an attempt without effect and answer counts as dead
    kept_until    timestamptz NOT NULL,
    PRIMARY KEY (project_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
CREATE INDEX idempotent_requests_old ON idempotent_requests (kept_until);
