"""Index the beginning of long paths: PostgreSQL has no index rows above 2,704 bytes."""

STATEMENTS: tuple[str, ...] = (
    "DROP INDEX handoffs_path",
    "CREATE INDEX handoffs_path ON handoffs (ws, submitted_by, substr(submitted_path, 1, 500))",
)
