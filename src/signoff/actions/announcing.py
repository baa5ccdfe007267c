"""The follower that puts what happens in line for the endpoints that hear of it."""

from signoff.actions import entries, lining
from signoff.actions.context import Context
from signoff.domain import audit
from signoff.domain.deliveries import CALLED_BACK
from signoff.domain.endpoints import TOLD_ALONE, wants
from signoff.store.audit import LogRow
from signoff.store.deliveries import Packed


def announce(ctx: Context, rows: tuple[LogRow, ...]) -> None:
    """Put in line what each endpoint wants and its creator may see; ids make it once."""
    ears = lining.ears(ctx, ctx.tx.endpoints.listening())
    types = [audit.read_leaf(row.leaf).type for row in rows]
    heard = {
        type_
        for type_ in set(types)
        if type_ in CALLED_BACK
        or type_ is TOLD_ALONE
        or any(wants(endpoint, type_) for endpoint, _ in ears)
    }
    if not heard:
        return
    wanted = [row for row, type_ in zip(rows, types, strict=True) if type_ in heard]
    packed: list[Packed] = []
    for told in entries.read(ctx, wanted):
        packed += [
            lining.pack(ctx, ear[0].id, told) for ear in ears if lining.hears(ctx, ear, told)
        ]
        callback = lining.called_back(ctx, told)
        if callback is not None:
            packed.append(callback)
    lining.put_in_line(ctx, packed)
