"""Where the judges upload to: a served house, and a line to it that can break."""

import contextlib
import hashlib
import socket
import threading

import httpx

from tests.journeys.crash.node import WORKSPACE, Node

INSIDE = f"/api/v1/workspaces/{WORKSPACE}/"


def noise(size: int) -> bytes:
    return hashlib.shake_128(b"judges").digest(size)


class Site:
    """A running server, and an agent who may upload to it."""

    def __init__(self, node: Node, key: str) -> None:
        self.node = node
        self.client = httpx.Client(
            base_url=node.url + INSIDE,
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
        )
        self.headers = {"Authorization": f"Bearer {key}"}

    @property
    def uploads(self) -> str:
        return f"{self.node.url}{INSIDE}uploads"

    def read(self, path: str) -> bytes:
        answer = self.client.get(f"files/{path}")
        assert answer.status_code == 200, answer.text
        return answer.content

    def offset(self, address: str) -> int:
        answer = self.client.head(address, headers={"Tus-Resumable": "1.0.0"})
        assert answer.status_code == 200, answer.text
        return int(answer.headers["upload-offset"])

    def close(self) -> None:
        self.client.close()
        if self.node.process is not None:
            self.node.kill()


class Line:
    """A line to a server that is cut each time after so many bytes, as often as it is told."""

    def __init__(self, port: int, *, cuts: list[int]) -> None:
        self._to = port
        self._cuts = cuts
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.broken = 0
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                cut = self._cuts.pop(0) if self._cuts else None
                far = socket.create_connection(("127.0.0.1", self._to))
                for source, target, most in ((near, far, cut), (far, near, None)):
                    thread = threading.Thread(target=self._carry, args=(source, target, most))
                    thread.start()
                    self._threads.append(thread)

    def _carry(self, source: socket.socket, target: socket.socket, most: int | None) -> None:
        carried = 0
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                carried += len(chunk)
                if most is not None and carried > most:
                    self.broken += 1
                    break
                target.sendall(chunk)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(10)
