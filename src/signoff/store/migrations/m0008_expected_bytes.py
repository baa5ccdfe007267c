"""Bytes that are expected have a table of that name; `uploads` are those that go on."""

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE uploads RENAME TO expected",
    "ALTER TABLE resumables RENAME TO uploads",
    "DROP INDEX uploads_parts",
    "CREATE INDEX expected_parts ON expected (ws, upload, start) WHERE upload IS NOT NULL",
    "DROP INDEX resumables_by",
    "CREATE INDEX uploads_by ON uploads (ws, by_actor) WHERE is_open = 1",
    "DROP INDEX resumables_path",
    """CREATE INDEX uploads_path ON uploads (ws, substr(path_key, 1, 500))
        WHERE is_open = 1""",
    "DROP INDEX resumables_over",
    "CREATE INDEX uploads_over ON uploads (expires_at)",
)
