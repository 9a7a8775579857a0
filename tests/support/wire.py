"""A wire between a program and its database server, which tests can cut and mend."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections import deque
from typing import Self

_STEP_S = 0.05


class Wire:
    """A TCP relay to a port of this machine. Use it in a ``with`` block.

    ``lose_next_commit``: the server gets the next COMMIT and obeys, the client never hears of it.
    ``lose_commits(False, True)``: the next COMMIT never arrives; of the one after, the client
    never hears.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._is_stopping = threading.Event()
        self._is_cut = threading.Event()
        self._swallowed: set[threading.Thread] = set()
        # An element for each COMMIT to lose: whether it reaches the server.
        self._losses: deque[bool] = deque()
        self._threads = [threading.Thread(target=self._accept, name="wire")]
        self.commits_lost = 0

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def cut(self) -> None:
        """End all connections and take no new ones."""
        self._is_cut.set()

    def mend(self) -> None:
        """Take connections again."""
        self._is_cut.clear()

    def swallow(self) -> None:
        """Pass nothing on over the present connections, without a word to either end."""
        self._swallowed.update(self._threads[1:])

    def lose_next_commit(self) -> None:
        """Cut the connection right after the server has committed."""
        self.lose_commits(True)

    def lose_commits(self, *are_obeyed: bool) -> None:
        """Cut the connection at each of the next COMMITs, before or after the server obeyed."""
        self._losses.extend(are_obeyed)

    def _accept(self) -> None:
        while not self._is_stopping.is_set():
            ready, _, _ = select.select([self._listener], [], [], _STEP_S)
            if not ready:
                continue
            client, _ = self._listener.accept()
            if self._is_cut.is_set():
                client.close()
                continue
            thread = threading.Thread(target=self._relay, args=(client,), name="wire-relay")
            self._threads.append(thread)
            thread.start()

    def _relay(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self._target))
            with server:
                while not (self._is_stopping.is_set() or self._is_cut.is_set()):
                    if threading.current_thread() in self._swallowed:
                        self._is_stopping.wait(_STEP_S)
                        continue
                    ready, _, _ = select.select([client, server], [], [], _STEP_S)
                    if not all(self._pass_on(end, client, server) for end in ready):
                        return

    def _pass_on(self, end: socket.socket, client: socket.socket, server: socket.socket) -> bool:
        data = end.recv(65536)
        if not data:
            return False
        if end is server:
            client.sendall(data)
            return True
        if b"COMMIT" not in data or not self._losses:
            server.sendall(data)
            return True
        self.commits_lost += 1
        if self._losses.popleft():
            server.sendall(data)
            # The answer means that it is done; nobody will ever read it.
            server.recv(65536)
        return False
