"""What agents run of what was approved, once for each decision."""

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE runs (
        ws {text} NOT NULL, handoff {text} NOT NULL, round {int} NOT NULL,
        body {blob} NOT NULL, PRIMARY KEY (ws, handoff, round)) {no_rowid}""",
)
