"""What uploads under way have announced and not sent, so that its sum is one look."""

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE uploads ADD COLUMN outstanding {int} NOT NULL DEFAULT 0",
    """CREATE INDEX uploads_outstanding ON uploads (expires_at, outstanding)
        WHERE is_open = 1 AND outstanding > 0""",
)
