"""The page of the reference that is made from the commands: `python -m tests.cli.manual`."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from signoff.cli import SECTIONS, root

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
HEAD = """\
<!-- Made from the code by `python -m tests.cli.manual`; change the code instead. -->

# The command line

`signoff` operates a server, and acts in a workspace as an agent or as a person.
It exits with 0 when it has done what it was asked, 1 when that was refused, 2 when it was
used wrongly, and `audit verify` with 3 when the log was tampered with.
A refusal is a sentence with its [code](errors.md) and a hint, on standard error;
standard output has only what was asked for, with `--json` as the API answers it.

Operating commands open the data themselves, and may do so while the server runs.
Acting commands speak HTTP and nothing else.
An agent's take `--url` and `--key`, or `SIGNOFF_URL` and `SIGNOFF_KEY`; the key names its
workspace. Without a key they act as the person who signed in.
A person's use the session that `signoff signin` began, whatever key is set.
What is remembered between two commands (the session's cookie, the lock tokens of claims,
the digest and round that `show` showed) is in `$XDG_CONFIG_HOME/signoff/notebook.json`,
else `~/.config/signoff/notebook.json`, which only its owner can read.
"""


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(_sections())


def _sections() -> Iterator[str]:
    for title, commands in SECTIONS.items():
        yield f"\n## {title}\n"
        for name in commands:
            context = click.Context(root, info_name="signoff")
            command = root.get_command(context, name)
            assert command is not None
            yield from _entries(command, click.Context(command, context, info_name=name))


def _entries(command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            inner = command.commands[name]
            yield from _entries(inner, click.Context(inner, context, info_name=name))
        return
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\n### {context.command_path}\n\n"
    yield f"`{context.command_path} {usage}`\n\n"
    yield inspect.cleandoc(command.help or "").strip() + "\n"
    given = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    records = [each.get_help_record(context) for each in given]
    options = [each for each in records if each is not None and "--help" not in each[0]]
    if options:
        yield "\n| option | meaning |\n| --- | --- |\n"
    for spelled, meaning in options:
        yield f"| `{spelled.replace('|', '/')}` | {meaning.replace('|', '/').strip()} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
