"""The command `signoff`: operate the server, or act as an agent or a person from a shell.

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
    "endpoint": ("signoff.cli.endpoints", "See webhooks, ping one, tell one again."),
    "follower": ("signoff.cli.followers", "See who follows the log, and rewind one."),
    "notify": ("signoff.cli.notifications", "Try the ways by which people are told."),
    "audit": ("signoff.cli.audits", "Verify the log, or export it."),
    "blob": ("signoff.cli.blobs", "Open stored bytes without the database."),
    "root-key": ("signoff.cli.roots", "Make a root key, or wrap all keys by another."),
}
"""Each command with the module that holds it, which is loaded when it is called."""

AGENTS: dict[str, tuple[str, str]] = {
    "put": ("signoff.cli.files:put", "Write files."),
    "get": ("signoff.cli.files:get", "Read a file."),
    "ls": ("signoff.cli.files:ls", "List a folder."),
    "mv": ("signoff.cli.files:mv", "Move or rename a file or folder."),
    "cp": ("signoff.cli.files:cp", "Copy a file or folder."),
    "rm": ("signoff.cli.files:rm", "Put files or folders into the trash."),
    "claim": ("signoff.cli.claims:claim", "Claim a piece of work."),
    "renew": ("signoff.cli.claims:renew", "Begin a claim's lease anew."),
    "release": ("signoff.cli.claims:release", "Give work back."),
    "submit": ("signoff.cli.handoffs:submit", "Put a package in front of people."),
    "escalate": ("signoff.cli.handoffs:escalate", "Say that you are stuck and what you need."),
    "wait": ("signoff.cli.handoffs:wait", "Wait until a handoff is decided."),
    "feedback": ("signoff.cli.handoffs:feedback", "Print what people said of a handoff."),
    "withdraw": ("signoff.cli.handoffs:withdraw", "Take a handoff back before it is decided."),
    "events": ("signoff.cli.followings:events", "Print what happens."),
    "mcp": ("signoff.cli.bridges:mcp", "Speak MCP over a pipe, for desktop clients."),
}
PEOPLE: dict[str, tuple[str, str]] = {
    "signin": ("signoff.cli.signings:signin", "Sign in once."),
    "signout": ("signoff.cli.signings:signout", "End the session."),
    "inbox": ("signoff.cli.desks:inbox", "List what waits for people."),
    "show": ("signoff.cli.desks:show", "Show a handoff whole."),
    "approve": ("signoff.cli.verdicts:approve", "Approve what was shown."),
    "request-changes": ("signoff.cli.verdicts:request_changes", "Send a handoff back."),
    "reject": ("signoff.cli.verdicts:reject", "Reject a handoff for good."),
    "answer": ("signoff.cli.verdicts:answer", "Answer an agent's questions."),
    "take": ("signoff.cli.desks:take", "Take a review on yourself."),
    "give-back": ("signoff.cli.shares:give_back", "Give a review back."),
    "reassign": ("signoff.cli.shares:reassign", "Hand a review on to somebody else."),
    "away": ("signoff.cli.shares:away", "Say that you are away, and who stands in."),
    "recall": ("signoff.cli.desks:recall", "Take what was decided back into review."),
    "comment": ("signoff.cli.desks:comment", "Write a comment."),
}
"""The commands that act over HTTP; `module:name` where a module holds several."""

SECTIONS = {
    "Operate the server": COMMANDS,
    "Act as an agent": AGENTS,
    "Act as a person": PEOPLE,
}
ALL = COMMANDS | AGENTS | PEOPLE


class Lazy(click.Group):
    """A group whose commands are imported one at a time, so that each starts at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names of the commands."""
        return list(ALL)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in ALL:
            return None
        module, _, name = ALL[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name or "command")
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the lists of commands without loading any."""
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, short) for name, (_, short) in commands.items()])


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
