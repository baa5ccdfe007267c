"""Which handoffs propose a tool call, so that claims pass over those that were sent back."""

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE handoffs ADD COLUMN is_call {int} NOT NULL DEFAULT 0",
    """CREATE INDEX handoffs_sent_back ON handoffs (ws, submitted_by, opened_at, id)
        WHERE (state = 'changes_requested' OR state = 'answered') AND is_call = 0""",
)
