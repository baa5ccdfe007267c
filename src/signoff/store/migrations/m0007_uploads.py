"""Uploads that go on where they broke off, and the parts of them that are stored."""

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE resumables (
        ws {text} NOT NULL, id {text} NOT NULL, by_actor {text} NOT NULL,
        path_key {text} NOT NULL, is_open {int} NOT NULL, expires_at {int} NOT NULL,
        body {blob} NOT NULL, PRIMARY KEY (ws, id)) {no_rowid}""",
    "CREATE INDEX resumables_by ON resumables (ws, by_actor) WHERE is_open = 1",
    """CREATE INDEX resumables_path ON resumables (ws, substr(path_key, 1, 500))
        WHERE is_open = 1""",
    "CREATE INDEX resumables_over ON resumables (expires_at)",
    "ALTER TABLE uploads ADD COLUMN upload {text}",
    "ALTER TABLE uploads ADD COLUMN start {int}",
    "ALTER TABLE uploads ADD COLUMN size {int}",
    "ALTER TABLE uploads ADD COLUMN digest {text}",
    "CREATE INDEX uploads_parts ON uploads (ws, upload, start) WHERE upload IS NOT NULL",
)
