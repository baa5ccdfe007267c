"""Who is away for a time, and who stands in."""

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE delegations (
        ws {text} NOT NULL, person {text} NOT NULL, until {int} NOT NULL,
        body {blob} NOT NULL, PRIMARY KEY (ws, person)) {no_rowid}""",
)
