"""Forget what nobody looks up: what is held below a stage but for locks, and "any reviewer"."""

STATEMENTS: tuple[str, ...] = (
    """DELETE FROM holds WHERE node <> ancestor AND kind <> 'lock' AND ancestor IN ('input',
        'processing', 'needs-review', 'feedback', 'approved', 'rejected', 'archive')""",
    "DELETE FROM reviewer_index WHERE reviewer = '*'",
)
