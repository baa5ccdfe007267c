"""Index folders by their parent, so that a walk over them does not look at every file."""

STATEMENTS: tuple[str, ...] = (
    "CREATE INDEX nodes_folders ON nodes (ws, parent) WHERE kind = 'folder'",
)
