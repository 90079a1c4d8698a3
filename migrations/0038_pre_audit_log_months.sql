-- The audit log gets partitions, under the name, the columns and the keys that it has: the statements of the release
-- before mean the whole of it.
DO $$
DECLARE
    bound uuid := (
        SELECT substring(pg_get_constraintdef(oid) FROM '[0-9a-f]{8}-[0-9a-f-]{27}')
        FROM pg_constraint WHERE conrelid = 'audit_log'::regclass AND conname = 'audit_log_bound'
    );
    granted record;
BEGIN
    -- Both at once, and each wait shorter than that for a deadlock: those who hold one of them may want the other.
    PERFORM set_config('lock_timeout', '300ms', true);
    FOR attempt IN 1..100 LOOP
        BEGIN
            LOCK TABLE projects, audit_log IN ACCESS EXCLUSIVE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 100 THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(0.1);
        END;
    END LOOP;

    ALTER TABLE audit_log RENAME TO audit_log_first;
    ALTER INDEX audit_log_pkey RENAME TO audit_log_first_pkey;
    ALTER INDEX audit_log_by_project RENAME TO audit_log_first_by_project;
    ALTER INDEX audit_log_by_time RENAME TO audit_log_first_by_time;
    CREATE TABLE audit_log (LIKE audit_log_first INCLUDING ALL EXCLUDING INDEXES) PARTITION BY RANGE (id);
    ALTER TABLE audit_log DROP CONSTRAINT audit_log_bound;
    ALTER TABLE audit_log ADD PRIMARY KEY (id);
    ALTER TABLE audit_log ADD CONSTRAINT audit_log_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects ON DELETE CASCADE;
    CREATE INDEX audit_log_by_project ON audit_log (project_id, at DESC, id DESC);
    CREATE INDEX audit_log_by_time ON audit_log (at);
    FOR granted IN
        SELECT a.privilege_type AS action, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = 'audit_log_first'::regclass AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('GRANT %s ON audit_log TO %s', granted.action, granted.role);
    END LOOP;

    ALTER TABLE audit_log ATTACH PARTITION audit_log_default DEFAULT;
    IF EXISTS (SELECT FROM audit_log_first) THEN
        EXECUTE format(
            'ALTER TABLE audit_log ATTACH PARTITION audit_log_first FOR VALUES FROM (MINVALUE) TO (%L)', bound
        );
        ALTER TABLE audit_log_first DROP CONSTRAINT audit_log_bound;
    ELSE
        DROP TABLE audit_log_first;
    END IF;
END
$$;

-- Of how many months after this one there are partitions, without a gap; -1: not even of this one.
CREATE FUNCTION audit_log_months_ahead() RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
    this timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    ahead integer := -1;
BEGIN
    WHILE EXISTS (
        SELECT FROM pg_inherits i
            JOIN pg_class c ON c.oid = i.inhrelid
            CROSS JOIN pg_get_expr(c.relpartbound, c.oid) AS bounds
            CROSS JOIN public.audit_log_bound(this + (ahead + 1) * interval '1 month') AS month
        WHERE i.inhparent = 'public.audit_log'::regclass
            AND substring(bounds FROM 'TO \(''([0-9a-f-]+)''')::uuid > month
            AND (bounds LIKE '%FROM (MINVALUE)%' OR substring(bounds FROM 'FROM \(''([0-9a-f-]+)''')::uuid <= month)
    ) LOOP
        ahead := ahead + 1;
    END LOOP;
    RETURN ahead;
END $$;

-- Makes the partitions of this month and of the three after it, as their owner: servers and workers own nothing. Entries
-- of such a month that went to the default partition go to it. Returns how many it made. A short wait for locks: others
-- would wait behind it.
CREATE FUNCTION audit_log_make_months() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    month timestamp;
    name text;
    made integer := 0;
BEGIN
    LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC')
            + (public.audit_log_months_ahead() + 1) * interval '1 month';
        EXIT WHEN month > now() AT TIME ZONE 'UTC' + interval '3 months';
        name := to_char(month, '"audit_log_"YYYY_MM');
        LOCK TABLE public.audit_log_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_log INCLUDING ALL)', name);
        EXECUTE format(
            'WITH early AS (DELETE FROM public.audit_log_default WHERE id >= %L AND id < %L RETURNING *)
             INSERT INTO public.%I SELECT * FROM early',
            public.audit_log_bound(month), public.audit_log_bound(month + interval '1 month'), name
        );
        EXECUTE format(
            'ALTER TABLE public.audit_log ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            name, public.audit_log_bound(month), public.audit_log_bound(month + interval '1 month')
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Drops the partitions that end a day or more before that time; the day is for clocks that differ. Returns how many.
CREATE FUNCTION audit_log_drop_months(before timestamptz) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    past regclass;
    dropped integer := 0;
BEGIN
    FOR past IN
        SELECT c.oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.audit_log'::regclass
            AND substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([0-9a-f-]+)''')::uuid
                <= public.audit_log_bound(least(before, now()) AT TIME ZONE 'UTC' - interval '1 day')
    LOOP
        EXECUTE format('DROP TABLE %s', past);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

REVOKE ALL ON FUNCTION audit_log_make_months(), audit_log_drop_months(timestamptz) FROM PUBLIC;
SELECT audit_log_make_months();
