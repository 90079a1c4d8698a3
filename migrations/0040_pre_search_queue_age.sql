-- Since when a row waits for the search, so that its age can be measured. The triggers of before write the default.
ALTER TABLE search_queue ADD COLUMN at timestamptz NOT NULL DEFAULT now();
