"""A server, and the programs by which people and agents have its workspace as a drive."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drives.drive import Drive, found
from tests.drives.programs import Machine
from tests.drives.rclone import Rclone, remotes
from tests.journeys.crash.node import Node
from tests.ports import free_port


@pytest.fixture(scope="session")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drive]:
    """One workspace for all the programs; every test has a folder of its own in it."""
    data = tmp_path_factory.mktemp("drive")
    secrets = asyncio.run(found(data))
    node = Node(data, port=free_port())
    try:
        node.start()
        drive = Drive(node, secrets)
        yield drive
        drive.close()
    finally:
        if node.process is not None:
            node.kill()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Where the programs run."""
    return Machine(tmp_path / "home")


@pytest.fixture(scope="session")
def rclone_remotes(drive: Drive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where rclone finds who is who."""
    return remotes(drive, Machine(tmp_path_factory.mktemp("rclone")))


@pytest.fixture
def rclone(machine: Machine, rclone_remotes: Path) -> Rclone:
    """rclone of everybody."""
    return Rclone(machine, rclone_remotes)
