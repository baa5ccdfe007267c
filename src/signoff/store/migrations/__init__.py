"""The schema, forward only: each module has a number, and statements that take it there."""

from importlib import import_module
from pkgutil import iter_modules

from msgspec import Struct


class Migration(Struct, frozen=True):
    """One step of the schema."""

    number: int
    statements: tuple[str, ...]


def all_migrations() -> tuple[Migration, ...]:
    """Return every step in order; their numbers have no gaps."""
    found = []
    for module in iter_modules(__path__):
        loaded = import_module(f"{__name__}.{module.name}")
        found.append(Migration(int(module.name[1:5]), loaded.STATEMENTS))
    found.sort(key=lambda step: step.number)
    numbers = [step.number for step in found]
    if numbers != list(range(1, len(found) + 1)):
        raise RuntimeError(f"The migrations are numbered {numbers}")
    return tuple(found)
