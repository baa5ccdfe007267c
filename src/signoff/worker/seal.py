"""Seal what was recorded: tiles, right edge and checkpoint, once a second where logs grew."""

from signoff.actions import seals
from signoff.actions.house import House
from signoff.domain.actors import system
from signoff.domain.ids import INSTANCE, Slug


async def seal_all(house: House) -> float | None:
    """Take what was recorded anywhere into its log's tree."""
    seed = await seals.open_log_key(house)
    while behind := await house.ask(seals.behind, system(INSTANCE), seals.Behind()):
        for workspace in behind:
            await seal(house, workspace, seed=seed)
    return None


async def seal(house: House, workspace: Slug, *, seed: bytes) -> int:
    """Take what was recorded in one log into its tree; return the tree's size."""
    while True:
        done = await house.do(
            seals.seal, system(workspace), seals.Seal(seed=seed), background=True
        )
        assert done.result is not None
        if not done.result.more:
            return done.result.size
