"""Planted leaks: statements that reach other projects, or that could, and sources that hide a statement.

The proof of scope has to find each of them. A statement that once passed it wrongly is added here.
"""

from collections.abc import Mapping
from typing import Final

CONFLICT: Final = "INSERT INTO api_keys (project_id, id, name) VALUES ($1, $2, $3) ON CONFLICT"
SECRET: Final = "(SELECT body FROM messages LIMIT 1)"  # of any project

STATEMENTS: Final[Mapping[str, str]] = {
    # Clauses that a proof may forget to look into.
    "ON CONFLICT: SET from a subquery": f"{CONFLICT} (project_id, id) DO UPDATE SET name = {SECRET}",
    "ON CONFLICT: WHERE with a subquery": (
        f"{CONFLICT} (project_id, id) DO UPDATE SET name = 'x' WHERE {SECRET} = 'x'"
    ),
    "ON CONFLICT: another project": f"{CONFLICT} (project_id, id) DO UPDATE SET project_id = $4",
    "ON CONFLICT: a key without project": f"{CONFLICT} (key_hash) DO UPDATE SET name = $3",
    "ON CONFLICT: a named constraint": f"{CONFLICT} ON CONSTRAINT api_keys_key_hash_key DO UPDATE SET name = $3",
    "ON CONFLICT: the project in an expression": (
        f"{CONFLICT} ((coalesce(project_id, $1)), key_hash) DO UPDATE SET name = $3"
    ),
    "OFFSET": f"SELECT 1 FROM visitors WHERE project_id = $1 OFFSET length({SECRET})",
    "LIMIT": f"SELECT 1 FROM visitors WHERE project_id = $1 LIMIT length({SECRET})",
    "LIMIT of a UNION": (
        "SELECT 1 FROM visitors WHERE project_id = $1 UNION SELECT 1 FROM reads WHERE project_id = $1 "
        f"LIMIT length({SECRET})"
    ),
    "OFFSET of a UNION": f"SELECT 1 UNION SELECT 2 OFFSET length({SECRET})",
    "ORDER BY of a UNION": f"SELECT 'a' UNION SELECT 'b' ORDER BY {SECRET}",
    "LIMIT of VALUES": f"VALUES (1), (2) LIMIT length({SECRET})",
    "DISTINCT ON": f"SELECT DISTINCT ON ({SECRET}) 1 FROM visitors WHERE project_id = $1",
    "WINDOW": (
        f"SELECT count(*) OVER w FROM visitors WHERE project_id = $1 WINDOW w AS (PARTITION BY {SECRET})"
    ),
    "OVER": f"SELECT count(*) OVER (PARTITION BY {SECRET}) FROM visitors WHERE project_id = $1",
    "FILTER": f"SELECT count(*) FILTER (WHERE {SECRET} = 'x') FROM visitors WHERE project_id = $1",
    "ORDER BY of an aggregate": (
        f"SELECT array_agg(name ORDER BY {SECRET}) FROM visitors WHERE project_id = $1"
    ),
    "GROUP BY": f"SELECT 1 FROM visitors WHERE project_id = $1 GROUP BY {SECRET}",
    "GROUPING SETS": f"SELECT 1 FROM visitors WHERE project_id = $1 GROUP BY GROUPING SETS (({SECRET}), ())",
    "HAVING": f"SELECT 1 FROM visitors WHERE project_id = $1 HAVING {SECRET} = 'x'",
    "ORDER BY": f"SELECT 1 FROM visitors WHERE project_id = $1 ORDER BY {SECRET}",
    "CASE": f"SELECT CASE WHEN $1 THEN {SECRET} END",
    "an array": f"SELECT ARRAY[{SECRET}]",
    "an element of an array": f"SELECT ($1::int[])[length({SECRET})]",
    "VALUES": f"INSERT INTO visitors (project_id, id, name) VALUES ($1, $2, {SECRET})",
    "RETURNING": f"DELETE FROM visitors WHERE project_id = $1 RETURNING {SECRET}",
    "SET": f"UPDATE visitors SET name = {SECRET} WHERE project_id = $1",
    "SET of several": (
        "UPDATE visitors SET (name, language) = (SELECT body, kind FROM messages) WHERE project_id = $1"
    ),
    "a function of a FROM": f"SELECT * FROM unnest(ARRAY[{SECRET}]) AS a (b)",
    "an ON": (
        "SELECT 1 FROM visitors v JOIN conversations c ON c.project_id = v.project_id "
        f"AND c.snippet = {SECRET} WHERE v.project_id = $1"
    ),
    # Names that are not what they seem.
    "a CTE is no target of UPDATE": "WITH messages AS (SELECT 1 AS x) UPDATE messages SET body = $1",
    "a CTE is no target of DELETE": "WITH messages AS (SELECT 1 AS x) DELETE FROM messages",
    "a CTE is no target of INSERT": (
        "WITH visitors AS (SELECT 1 AS x) INSERT INTO visitors (project_id, id) "
        "SELECT v.id, v.id FROM users v"
    ),
    "a CTE has no schema": "WITH messages AS (SELECT 1 AS body) SELECT body FROM public.messages",
    "a CTE of another query": (
        "SELECT (WITH messages AS (SELECT 1 AS body) SELECT body FROM messages), body FROM messages"
    ),
    "a recursive CTE": "WITH RECURSIVE messages AS (SELECT body FROM messages) SELECT body FROM messages",
    "a column of the nearer table": (
        "SELECT (SELECT count(*) FROM reads r, users u WHERE r.project_id = u.id AND r.project_id = id) "
        "FROM projects p WHERE p.id = $1"
    ),
    "a column of the nearer alias": (
        "SELECT 1 FROM visitors v WHERE v.project_id = $1 AND EXISTS ("
        "SELECT FROM (SELECT id AS project_id FROM users) v JOIN reads r ON r.project_id = v.project_id)"
    ),
    "not LATERAL": (
        "SELECT 1 FROM (SELECT id AS project_id FROM users) v WHERE EXISTS (SELECT FROM visitors v, "
        "(SELECT 1 FROM reads r WHERE r.project_id = v.project_id) x WHERE v.project_id = $1)"
    ),
    "a derived table whose * shifts the columns": (
        "SELECT 1 FROM (SELECT u.*, $1::uuid AS mine FROM users u) AS d (project_id) "
        "JOIN messages m ON m.project_id = d.project_id"
    ),
    "a * in the middle of what is inserted": (
        "INSERT INTO visitors (id, project_id) SELECT d.*, $1 FROM (SELECT v.id, v.project_id FROM users v) d"
    ),
    "an alias of a join": "SELECT 1 FROM (messages m JOIN users u ON true) AS project_id",
    "USING": "SELECT 1 FROM messages m JOIN visitors v USING (id) WHERE v.project_id = $1",
    "NATURAL": "SELECT 1 FROM messages NATURAL JOIN visitors WHERE project_id = $1",
    "columns renamed": "SELECT 1 FROM messages AS m (id, conversation_id, seq, project_id) WHERE project_id = $1",
    "ONLY": "SELECT 1 FROM ONLY messages",
    "a view": "SELECT body FROM every_message WHERE project_id = $1",
    "a partition": "SELECT body FROM messages_2026_11",
    "what Postgres knows of values": "SELECT most_common_vals FROM pg_stats",
    "an operator of a schema": "SELECT 1 FROM messages WHERE project_id OPERATOR(public.=) $1",
    # Conditions that do not bind.
    "a row compared by order": "SELECT body FROM messages WHERE (project_id, seq) > ($1, $2)",
    "ANY of a column": "SELECT 1 FROM messages m, users u WHERE m.project_id = ANY(u.projects)",
    "ALL of nothing": "SELECT 1 FROM messages WHERE project_id = ALL (SELECT id FROM projects WHERE id = $1)",
    "one of two": "SELECT 1 FROM messages WHERE project_id = $1 OR seq = $2",
    "a CASE": "SELECT 1 FROM messages WHERE CASE WHEN $2 THEN project_id = $1 ELSE true END",
    "an ON of another relation": (
        "SELECT 1 FROM messages m LEFT JOIN users u ON m.project_id = $1 AND u.id = m.sender_id"
    ),
    "a cast that loses": "SELECT 1 FROM messages m JOIN users u ON m.project_id = u.id::text::uuid",
    "the project of a UNION": (
        "SELECT 1 FROM (SELECT $1::uuid AS p UNION SELECT id FROM users) s JOIN messages m ON m.project_id = s.p"
    ),
    "no list of columns": "INSERT INTO visitors SELECT v.project_id, v.id FROM visitors v WHERE v.id = $1",
    "DEFAULT VALUES": "INSERT INTO outbox DEFAULT VALUES",
    # Statements of other kinds, and functions that run them.
    "TABLE": "TABLE messages",
    "parentheses": "((SELECT body FROM messages))",
    "EXPLAIN": "EXPLAIN ANALYZE DELETE FROM messages",
    "DECLARE": "DECLARE c CURSOR FOR SELECT body FROM messages",
    "FETCH": "FETCH ALL FROM c",
    "PREPARE": "PREPARE p AS SELECT body FROM messages",
    "EXECUTE": "EXECUTE p",
    "DO": "DO $$ BEGIN DELETE FROM messages; END $$",
    "CALL": "CALL empty_everything()",
    "COPY": "COPY messages TO STDOUT",
    "COPY of a query": "COPY (SELECT body FROM messages) TO STDOUT",
    "TRUNCATE": "TRUNCATE messages",
    "MERGE": (
        "MERGE INTO visitors v USING users u ON u.id = v.id WHEN MATCHED THEN UPDATE SET name = u.full_name"
    ),
    "CREATE TABLE AS": "CREATE TABLE copied AS SELECT body FROM messages",
    "SELECT INTO": "SELECT body INTO copied FROM messages WHERE project_id = $1",
    "CREATE VIEW": "CREATE VIEW every_message AS SELECT body FROM messages",
    "LOCK": "LOCK TABLE messages",
    "SET ROLE": "SET ROLE parley",
    "a setting by a function": "SELECT set_config('role', 'parley', false)",
    "SQL in a text": "SELECT query_to_xml('SELECT body FROM messages', true, false, '')",
    "SQL in a text of a FROM": "SELECT * FROM cursor_to_xml('c', 1, true, false, '') AS x",
    "another database": "SELECT * FROM dblink('', 'SELECT body FROM messages') AS d (body text)",
    "a file": "SELECT pg_read_file('base/1/1259')",
    "a table in XML": "SELECT table_to_xml('messages'::regclass, true, false, '')",
    "XMLTABLE": "SELECT x.b FROM XMLTABLE('/a' PASSING $1 COLUMNS b text PATH 'b') AS x",
    "TABLESAMPLE": "SELECT body FROM messages TABLESAMPLE SYSTEM (10)",
    "ROWS FROM": "SELECT 1 FROM ROWS FROM (unnest($1::uuid[]), unnest($2::uuid[])) AS a (b, c)",
    "CURRENT OF": "DELETE FROM messages WHERE CURRENT OF c",
}

LEAK: Final = "SELECT body FROM messages"

SOURCES: Final[Mapping[str, str]] = {
    "lower case": "await conn.fetch('select body from messages')",
    "a comment first": "await conn.fetch('-- every one\\nSELECT body FROM messages')",
    "a comment in the way": "await conn.fetch('/* every one */ SELECT body FROM messages')",
    "a parenthesis first": f"await conn.fetch('({LEAK})')",
    "an empty line first": f"await conn.fetch('\\n\\n  {LEAK}')",
    "two statements": f"await conn.execute('BEGIN; {LEAK}')",
    "EXPLAIN": f"await conn.fetch('EXPLAIN {LEAK}')",
    "grown by +=": f"sql = '{LEAK}'\nsql += ' LIMIT 1'\nawait conn.fetch(sql)",
    "added": f"await conn.fetch('{LEAK}' + order)",
    "an f-string that begins with SQL": f"await conn.fetch(f'{LEAK} LIMIT {{limit}}')",
    "an f-string of constants": "ALL = 'FROM messages'\nawait conn.fetch(f'SELECT body {ALL}')",
    "a constant that is an f-string of constants": (
        "ALL = 'FROM messages'\nPAGE = f'SELECT body {ALL}'\nawait conn.fetch(PAGE)"
    ),
    "an f-string that begins with a value": "await conn.fetch(f'{verb} body FROM messages')",
    "format": f"await conn.fetch('{LEAK} LIMIT {{}}'.format(limit))",
    "percent": f"await conn.fetch('{LEAK} LIMIT %s' % limit)",
    "join": "await conn.fetch(' '.join(parts))",
    "replace": "await conn.fetch(TEXT.replace('users', 'messages'))",
    "an argument": "async def run(conn, sql):\n    await conn.fetch(sql)",
    "an argument that is called like a constant": (
        "PAGE = 'SELECT 1'\nasync def run(conn, PAGE):\n    await conn.fetch(PAGE)"
    ),
    "a constant that is bound twice": f"PAGE = 'SELECT 1'\nPAGE = '{LEAK}'\nawait conn.fetch(PAGE)",
    "a constant that is built": f"PAGE = '{LEAK}' + ORDER\nawait conn.fetch(PAGE)",
    "a name bound in passing": "await conn.fetch(sql := made())",
    "an attribute": "await conn.fetch(self.sql)",
    "an entry": "await conn.fetch(QUERIES['page'])",
    "one of two": "await conn.fetch(ONE if first else TWO)",
    "a loop over what was built": "for sql in made():\n    await conn.execute(sql)",
    "a loop over a tuple with a built part": f"for sql in ('SELECT 1', '{LEAK}' + tail):\n    await conn.execute(sql)",
    "a keyword": f"await conn.fetch(query=f'{LEAK} LIMIT {{limit}}')",
    "unpacked": "await conn.fetch(*call)",
    "unpacked by name": "await conn.fetch(**call)",
    "another name for the method": f"ask = conn.fetch\nawait ask('{LEAK}' + tail)",
    "partial": f"ask = partial(conn.fetchval, '{LEAK}' + tail)",
    "getattr": f"await getattr(conn, 'fetch')('{LEAK}' + tail)",
    "getattr with a name": f"await getattr(conn, name)('{LEAK}' + tail)",
    "methodcaller": f"methodcaller('fetch', '{LEAK}' + tail)(conn)",
    "eval": "eval('conn.' + 'fetch')(sql)",
    "executemany": "await conn.executemany('update visitors set name = $1', rows)",
    "cursor": f"async for row in conn.cursor('{LEAK}'): pass",
    "prepare": f"await conn.prepare('{LEAK}')",
    "COPY by the driver": f"await conn.copy_from_query('{LEAK}', output=out)",
    "a table copied by the driver": "await conn.copy_from_table('messages', output=out)",
    "after a commit": "await database.commit(work, then=f'NOTIFY {channel}')",
    "kept and handed on elsewhere": f"STATEMENT = '''{LEAK}'''",
}
