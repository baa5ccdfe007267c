"""What the steward knows of a file from earlier rounds."""

import json
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from table_steward.choices import Choices, dumps


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What the steward knows of a file from earlier rounds; it travels in the package."""

    name: str
    choices: Choices = field(default_factory=Choices)
    made: tuple[str, ...] = ()
    """Digests of the cleaned tables that the steward made; a person edited any other."""

    @classmethod
    def from_json(cls, raw: bytes, *, name: str) -> "Memory":
        """Read the memory; what cannot be read is forgotten."""
        try:
            known = json.loads(raw)
        except ValueError:
            known = None
        if not isinstance(known, dict):
            return cls(name=name)
        made = known.get("made")
        return cls(
            name=str(known.get("name") or name),
            choices=Choices.from_json(known.get("choices")),
            made=tuple(map(str, made)) if isinstance(made, list) else (),
        )

    def to_json(self) -> bytes:
        """Write the memory."""
        return dumps(
            {"name": self.name, "choices": self.choices.to_json(), "made": list(self.made)}
        )

    @property
    def stem(self) -> str:
        """The name without its extension, for the folder and the cleaned table."""
        return PurePosixPath(self.name).stem.rstrip(". ") or "table"

    @property
    def table(self) -> str:
        """The name of the cleaned table, which `changes.csv` must not share."""
        changes = self.stem.casefold() == "changes"
        return f"{self.stem}{'-cleaned' * changes}.csv"

    @property
    def original(self) -> str:
        """Where the package keeps what came in."""
        return f"original/{self.name}"
