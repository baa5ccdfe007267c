"""The command `signoff`: operate the server from a shell.

Exit codes: 0 done, 1 refused, 2 used wrongly, 3 tampered (of `audit verify`).
"""

import sys
from importlib import import_module

import click

from signoff import __version__
from signoff.domain.errors import Refusal

REFUSED = 1

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("signoff.cli.serving", "Run the server."),
    "work": ("signoff.cli.working", "Do the acts of time, beside several servers."),
    "workspace": ("signoff.cli.workspaces", "Make and list workspaces."),
    "user": ("signoff.cli.users", "Add people and let them in."),
    "member": ("signoff.cli.members", "Give people roles in a workspace."),
    "agent": ("signoff.cli.agents", "Add agents and list them."),
    "key": ("signoff.cli.keys", "Make, rotate and revoke agents' API keys."),
    "app-password": ("signoff.cli.app_passwords", "Make passwords for mounted drives."),
    "policy": ("signoff.cli.policies", "Read and set a workspace's policy."),
    "audit": ("signoff.cli.audits", "Verify the log, or export it."),
    "blob": ("signoff.cli.blobs", "Open stored bytes without the database."),
    "root-key": ("signoff.cli.roots", "Make a root key, or wrap all keys by another."),
}
"""Each command with the module that holds it, which is loaded when it is called."""


class Lazy(click.Group):
    """A group whose commands are imported one at a time, so that each starts at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="signoff")
def root() -> None:
    """Signoff: where AI agents hand their work to people, and people hand it back."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end the process with its code."""
    try:
        root.main(args=arguments, prog_name="signoff")
    except Refusal as refusal:
        say_no(refusal)
        sys.exit(REFUSED)


def say_no(refusal: Refusal) -> None:
    """Write a refusal for a person at a shell."""
    click.echo(f"signoff: {refusal.message} ({refusal.code})", err=True)
    if refusal.hint:
        click.echo(f"hint: {refusal.hint}", err=True)
