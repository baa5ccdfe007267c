"""The reference of the command line says what the commands say."""

import click
import pytest

from signoff.cli import AGENTS, PEOPLE, root
from tests.cli.manual import PAGE, page


def test_the_reference_is_what_the_commands_say_now() -> None:
    assert PAGE.read_text() == page(), "run `python -m tests.cli.manual`"


@pytest.mark.parametrize("name", [*AGENTS, *PEOPLE])
def test_every_option_of_an_acting_command_is_explained(name: str) -> None:
    command = root.get_command(click.Context(root), name)

    assert command is not None
    assert command.help
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []
