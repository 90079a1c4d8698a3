-- The tokens that a project's assistant, and its agents' copilot, have spent on the turns that began on a day of UTC. Kept by
-- triggers, whoever writes, also an earlier release; at the commit, so that turns of a project do not wait for each other.
CREATE TABLE daily_tokens (
    project_id uuid   NOT NULL REFERENCES projects ON DELETE CASCADE,
    spender    text   NOT NULL CHECK (spender IN ('assistant', 'copilot')),
    day        date   NOT NULL,
    tokens     bigint NOT NULL,
    PRIMARY KEY (project_id, spender, day)
) WITH (fillfactor = 50); -- counts change in place
CREATE INDEX daily_tokens_old ON daily_tokens (day);

CREATE FUNCTION assistant_tokens_spent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO daily_tokens (project_id, spender, day, tokens)
    VALUES (NEW.project_id, 'assistant', (NEW.created_at AT TIME ZONE 'UTC')::date,
            NEW.prompt_tokens::bigint - OLD.prompt_tokens + NEW.answer_tokens - OLD.answer_tokens)
    ON CONFLICT (project_id, spender, day) DO UPDATE SET tokens = daily_tokens.tokens + EXCLUDED.tokens;
    RETURN NULL;
END $$;
CREATE FUNCTION copilot_tokens_spent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO daily_tokens (project_id, spender, day, tokens)
    VALUES (NEW.project_id, 'copilot', (NEW.created_at AT TIME ZONE 'UTC')::date,
            NEW.prompt_tokens::bigint - OLD.prompt_tokens + NEW.answer_tokens - OLD.answer_tokens)
    ON CONFLICT (project_id, spender, day) DO UPDATE SET tokens = daily_tokens.tokens + EXCLUDED.tokens;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tokens_spent AFTER UPDATE ON assistant_turns DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.prompt_tokens, OLD.answer_tokens) IS DISTINCT FROM (NEW.prompt_tokens, NEW.answer_tokens))
    EXECUTE FUNCTION assistant_tokens_spent();
CREATE CONSTRAINT TRIGGER tokens_spent AFTER UPDATE ON copilot_turns DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.prompt_tokens, OLD.answer_tokens) IS DISTINCT FROM (NEW.prompt_tokens, NEW.answer_tokens))
    EXECUTE FUNCTION copilot_tokens_spent();

-- What was spent before: the triggers keep writers waiting until the commit, so nothing is missed or counted twice.
INSERT INTO daily_tokens (project_id, spender, day, tokens)
SELECT p.id, 'assistant', t.day, t.tokens
FROM projects p
CROSS JOIN LATERAL (
    SELECT (a.created_at AT TIME ZONE 'UTC')::date AS day, sum(a.prompt_tokens::bigint + a.answer_tokens)::bigint AS tokens
    FROM assistant_turns a
    WHERE a.project_id = p.id AND a.created_at >= now() - interval '2 days'
    GROUP BY 1
) t
WHERE t.tokens > 0;
INSERT INTO daily_tokens (project_id, spender, day, tokens)
SELECT c.project_id, 'copilot', (c.created_at AT TIME ZONE 'UTC')::date,
       sum(c.prompt_tokens::bigint + c.answer_tokens)::bigint AS tokens
FROM copilot_turns c
WHERE c.created_at >= now() - interval '2 days'
GROUP BY 1, 2, 3
HAVING sum(c.prompt_tokens::bigint + c.answer_tokens) > 0;
