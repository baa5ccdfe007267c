"""Who was told of what, what goes out when, and what each person chose to hear.

The follower begins at the end of every log: nobody is told of what happened before.
"""

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE notifications (
        ws {text} NOT NULL, whom {text} NOT NULL, thing {text} NOT NULL, id {text} NOT NULL,
        position {int} NOT NULL, at {int} NOT NULL, topic {text} NOT NULL,
        by_actor {text} NOT NULL, handoff {text} NOT NULL, round {int} NOT NULL,
        subject {text} NOT NULL, unread {int} NOT NULL, settled {int} NOT NULL,
        ways {text} NOT NULL, PRIMARY KEY (ws, whom, thing)) {no_rowid}""",
    "CREATE INDEX notifications_list ON notifications (ws, whom, unread, position)",
    "CREATE INDEX notifications_handoff ON notifications (ws, handoff, whom)",
    """CREATE TABLE outbox (
        ws {text} NOT NULL, id {text} NOT NULL, whom {text} NOT NULL, channel {text} NOT NULL,
        lane {text} NOT NULL, handoff {text} NOT NULL, state {text} NOT NULL,
        first {int} NOT NULL, last {int} NOT NULL, began_at {int} NOT NULL,
        due_at {int} NOT NULL, attempts {int} NOT NULL, tried_since {int}, done_at {int},
        reason {text} NOT NULL, PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE UNIQUE INDEX outbox_gathering ON outbox (ws, whom, channel, lane, handoff)
        WHERE state = 'gathering'""",
    "CREATE INDEX outbox_due ON outbox (due_at, ws)",
    "CREATE INDEX outbox_sent ON outbox (ws, whom, channel, done_at)",
    """CREATE TABLE threads (
        ws {text} NOT NULL, whom {text} NOT NULL, channel {text} NOT NULL,
        handoff {text} NOT NULL, reference {text} NOT NULL, at {int} NOT NULL,
        PRIMARY KEY (ws, whom, channel, handoff)) {no_rowid}""",
    """CREATE TABLE preferences (
        ws {text} NOT NULL, person {text} NOT NULL, body {blob} NOT NULL,
        set_at {int} NOT NULL, PRIMARY KEY (ws, person)) {no_rowid}""",
    """CREATE TABLE channels (
        ws {text} NOT NULL, id {text} NOT NULL, body {blob} NOT NULL,
        set_at {int} NOT NULL, PRIMARY KEY (ws, id)) {no_rowid}""",
    """INSERT INTO followers (ws, name, position, epoch, saved_at)
        SELECT ws, 'notifications', position, 0, at FROM heads""",
)
