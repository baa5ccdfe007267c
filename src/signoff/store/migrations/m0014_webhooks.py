"""Endpoints, what is in line for them, and the follower that puts it there."""

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE endpoints (
        ws {text} NOT NULL, id {text} NOT NULL, is_on {int} NOT NULL,
        body {blob} NOT NULL, sealed {blob} NOT NULL, PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE TABLE callback_keys (
        ws {text} NOT NULL, owner {text} NOT NULL, sealed {blob} NOT NULL,
        PRIMARY KEY (ws, owner)) {no_rowid}""",
    """CREATE TABLE deliveries (
        ws {text} NOT NULL, endpoint {text} NOT NULL, position {int} NOT NULL,
        state {text} NOT NULL, at {int} NOT NULL, due_at {int}, url {text} NOT NULL,
        body {blob} NOT NULL, payload {blob} NOT NULL,
        PRIMARY KEY (ws, endpoint, position)) {no_rowid}""",
    """CREATE INDEX deliveries_due ON deliveries (ws, endpoint, due_at)
        WHERE due_at IS NOT NULL""",
    "CREATE INDEX deliveries_by ON deliveries (ws, endpoint, state, position)",
    "CREATE INDEX deliveries_old ON deliveries (ws, at)",
    """CREATE TABLE attempts (
        ws {text} NOT NULL, endpoint {text} NOT NULL, position {int} NOT NULL,
        number {int} NOT NULL, body {blob} NOT NULL,
        PRIMARY KEY (ws, endpoint, position, number)) {no_rowid}""",
    """CREATE TABLE delivery_lines (
        ws {text} NOT NULL, endpoint {text} NOT NULL, next_at {int},
        rests_until {int} NOT NULL, body {blob} NOT NULL,
        PRIMARY KEY (ws, endpoint)) {no_rowid}""",
    """CREATE INDEX delivery_lines_next ON delivery_lines (next_at)
        WHERE next_at IS NOT NULL""",
    """INSERT INTO followers (ws, name, position, epoch, saved_at)
        SELECT ws, 'webhooks', position, 0, at FROM heads WHERE ws <> '@instance'""",
)
