"""Files of a rulebook as bytes: regular ones alone, inside its folder, and no more of them than is read anyway."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


def content_of(file: Path, folder: Path, most: int) -> bytes:
    """The bytes of ``file``, one more than ``most`` at the most, so that a longer file is known by its length.

    Pipes, devices and sockets are refused, since they may never end; so is what a link has outside the folder.

    Args:
        file: the file.
        folder: the folder of the rulebook, in which it has to lie when all links are followed.
        most: the most bytes that it may have.

    Raises:
        OSError: it cannot be read, or is refused; `reason` says why in words.
    """
    if not file.resolve(strict=True).is_relative_to(folder.resolve()):
        raise OSError(errno.EXDEV, "a link leads out of the rulebook's folder")
    # without waiting: to open a pipe that nobody writes to would wait for ever
    descriptor = os.open(file, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        parts = []
        left = most + 1
        while left and (part := os.read(descriptor, left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def reason(error: OSError | RuntimeError) -> str:
    """Why a file cannot be read, from the ``error`` of `content_of`: of its path, nothing."""
    if isinstance(error, FileNotFoundError):
        return "it is missing, or a link leads nowhere"
    if isinstance(error, PermissionError):
        return "reading it is not permitted"
    if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
        return "a link leads to itself"
    if error.errno == errno.ENXIO:
        return "it is no regular file"
    return (error.strerror or "the system cannot read it").lower()
