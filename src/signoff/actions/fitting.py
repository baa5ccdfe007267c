"""Files of a package, held against the schemas that its sidecar gives for them."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.actions.packaging import Contents, Said
from signoff.domain import fits
from signoff.domain.asks import Ask
from signoff.domain.fits import Misfit
from signoff.domain.handoffs import Handoff, Kind, Verdict
from signoff.domain.validators import Effort
from signoff.store.rounds import ManifestFile


def misfits(
    ctx: Context, schemas: Mapping[str, dict[str, Any]], files: Iterable[ManifestFile]
) -> tuple[Misfit, ...]:
    """Return where files do not fit; a schema of a file that is not there holds nothing."""
    found: list[Misfit] = []
    effort = Effort()
    for file in files:
        schema = schemas.get(file.path)
        if schema is None:
            continue
        large = fits.too_large(file.path, file.size)
        node = None if large else ctx.tx.files.by_id(file.node)
        if large:
            found.append(large)
        elif node is not None and node.blob is not None:
            raw = ctx.bytes_of(node.blob)
            found.extend(fits.misfits(file.path, schema, raw, effort=effort))
    return tuple(found)


def flagged(ctx: Context, said: Said, contents: Contents) -> Said:
    """Return what is said of a package, with a flag for each place that does not fit."""
    context = said.context
    found = misfits(ctx, context.schemas, contents.files) if context.schemas else ()
    if not found:
        return said
    flags = (*context.flags, *fits.flags_of(found))
    return replace(said, context=replace(context, flags=flags))


def check_submitted(
    ctx: Context, handoff: Handoff, files: tuple[ManifestFile, ...], *, said: Iterable[str]
) -> None:
    """Refuse to put before people what they could not approve as it is.

    An escalation and a relay may be unfinished: a person makes them fit. `said` are the
    paths of which the call itself gave a schema: they must be there.
    """
    missing = set(said).difference(each.path for each in files)
    if missing:
        path = min(missing)
        raise fits.mismatch(
            [Misfit(file=path, at="", message="The package holds no such file")],
            hint="Name each file by its path in the package; a single file is `file`.",
        )
    if handoff.kind is not Kind.APPROVAL:
        return
    found = misfits(ctx, handoff.context.schemas, files)
    if found:
        raise fits.mismatch(found, hint="Make the file fit, or send another schema.")


def check_approved(
    ctx: Context, handoff: Handoff, files: tuple[ManifestFile, ...], ask: Ask
) -> None:
    """Refuse an approval of a file that does not fit its schema."""
    named = {one.path: one.verdict for one in ask.files}
    rest = None if ask.partial else ask.verdict
    approved = {
        path: schema
        for path, schema in handoff.context.schemas.items()
        if named.get(path, rest) is Verdict.APPROVE
    }
    found = misfits(ctx, approved, files) if approved else ()
    if found:
        raise fits.mismatch(found, hint="Mend the file, then approve what you mended.")
