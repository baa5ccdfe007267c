"""A worker in a process of its own, whose mail goes into a file: `postman FILE [stuck]`."""

import asyncio
import os
import sys
from pathlib import Path

from signoff.actions.seals import open_log_key
from signoff.domain.messages import ChannelKind, Message
from signoff.server import open_house
from signoff.settings import from_environment
from signoff.worker.loop import Worker


class Paper:
    """A channel that writes down what it was given; a stuck one never comes to an end."""

    kind = ChannelKind.EMAIL

    def __init__(self, file: Path, *, stuck: bool) -> None:
        self._file = file
        self._stuck = stuck

    async def send(self, to: str, message: Message, *, earlier: str | None) -> str | None:
        del earlier
        word = "begun" if self._stuck else "sent"
        with self._file.open("a") as file:
            file.write(f"{word}\t{message.id}\t{to}\t{message.headline}\n")
        if self._stuck:
            await asyncio.sleep(3600)
        return None

    async def close(self) -> None:
        return


async def work(file: Path, *, stuck: bool) -> None:
    house = open_house(from_environment())
    await open_log_key(house)
    await Worker(house, channels={ChannelKind.EMAIL: Paper(file, stuck=stuck)}).run()


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(work(Path(sys.argv[1]), stuck=sys.argv[2:] == ["stuck"]))
