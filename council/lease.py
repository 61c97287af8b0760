"""Who plays a run, and whether that process still lives."""

import os
import socket
import uuid
from pathlib import Path


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _machine() -> str:
    """This kernel and process-id space: a process id means something only within both."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return f"{socket.gethostname()}|{_read('/proc/sys/kernel/random/boot_id')}|{space}"


def _born(pid: int) -> str:
    """When the process started, in the kernel's ticks; empty where the kernel does not say."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else ""


def new_owner() -> str:
    """A name for this process as the holder of leases; a new one each time."""
    pid = os.getpid()
    return f"{_machine()}|{pid}|{_born(pid)}|{uuid.uuid4().hex[:8]}"


def is_dead(owner: str) -> bool:
    """True only when ``owner`` ran on this very machine and is certainly gone."""
    machine, _, rest = owner.rpartition("|")[0].rpartition("|")[0].rpartition("|")
    parts = owner.split("|")
    if len(parts) != 6 or machine != _machine() or not rest.isdigit():
        return False
    pid, born = int(rest), parts[4]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return bool(born) and _born(pid) != born
