"""What happens to handoffs by itself, second looks, and open rounds that another policy plans.

Every workspace's open handoffs are planned once, by the policy that it has.
"""

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE handoffs ADD COLUMN timer_at {int}",
    "CREATE INDEX handoffs_timer ON handoffs (timer_at, ws, id) WHERE timer_at IS NOT NULL",
    """CREATE TABLE replans (
        ws {text} PRIMARY KEY, since {int} NOT NULL, opened_at {int} NOT NULL,
        handoff {text} NOT NULL)""",
    "INSERT INTO replans (ws, since, opened_at, handoff) SELECT slug, 0, 0, '' FROM workspaces",
    """CREATE TABLE second_looks (
        ws {text} NOT NULL, handoff {text} NOT NULL, round {int} NOT NULL,
        standing {text} NOT NULL, asked_at {int} NOT NULL, body {blob} NOT NULL,
        PRIMARY KEY (ws, handoff, round)) {no_rowid}""",
    "CREATE INDEX second_looks_standing ON second_looks (ws, standing, asked_at, handoff)",
)
