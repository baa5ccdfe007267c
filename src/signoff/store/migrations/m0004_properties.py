"""What clients note of nodes; `version` 0 holds of a node whatever its version."""

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE properties (
        ws {text} NOT NULL, node {text} NOT NULL, namespace {text} NOT NULL,
        name {text} NOT NULL, version {int} NOT NULL, lang {text} NOT NULL,
        value {text} NOT NULL, PRIMARY KEY (ws, node, namespace, name)) {no_rowid}""",
)
