"""Where answers are worked out: by the thread that reads, or by one of a few others, with an end to the patience."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class Work:
    """A thread for each processor's share of what may take long."""

    def __init__(self, seconds: float) -> None:
        """Args:
        seconds: how long a piece of work may take.
        """
        self._seconds = seconds
        # decisions are work for the processor: more threads than these would only take turns
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="decide")

    async def in_thread(self, work: Callable[[], Result]) -> Result:
        """What ``work`` returns, done by another thread. Raises TimeoutError; what was begun ends by itself."""
        done = asyncio.get_running_loop().run_in_executor(self._threads, work)
        return await asyncio.wait_for(done, self._seconds)

    def close(self) -> None:
        """Wait for what is being done, and let the threads go."""
        self._threads.shutdown()
