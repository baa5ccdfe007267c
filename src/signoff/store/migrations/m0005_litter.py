"""What desktops leave behind in a mounted drive: beside the tree, each credential's its own."""

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE litter (
        ws {text} NOT NULL, id {text} NOT NULL, credential {text} NOT NULL,
        parent {text} NOT NULL, name {text} NOT NULL, name_key {text} NOT NULL,
        is_folder {int} NOT NULL, version {int} NOT NULL, size {int} NOT NULL,
        media_type {text} NOT NULL, created_at {int} NOT NULL, modified_at {int} NOT NULL,
        token {text}, locked_until {int}, bytes {blob}, PRIMARY KEY (ws, id))""",
    """CREATE UNIQUE INDEX litter_name ON litter (ws, credential, parent, name_key)""",
    # All that is asked before the oldest make room: the rows, with their bytes, stay unread.
    """CREATE INDEX litter_oldest ON litter (ws, credential, modified_at, id, size)""",
    """CREATE INDEX litter_over ON litter (ws, modified_at)""",
)
