"""The machine of the measurements, without which the figures mean nothing."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.panel import Panel


def told() -> str:
    """The date, the processor and its cores, the software versions, and the load."""
    cores = len(os.sched_getaffinity(0))
    load = "/".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {_processor()}, {cores} cores; {platform.system()} "
        f"{platform.release()}; Python {platform.python_version()}; load {load}"
    )


def show() -> None:
    """Print it."""
    Console().print(Panel(told(), title="machine"))


def rss(pid: int) -> int:
    """Resident memory of a process, in bytes (proc_pid_statm(5))."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak(pid: int) -> int:
    """The most resident memory that a process has had, in bytes (proc_pid_status(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def cpu(pid: int) -> float:
    """CPU seconds of a process and its threads so far, to a hundredth (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
