"""What the machine gives and what a process takes: read speed, load, page cache, memory. Linux only."""

import ctypes
import mmap
import os
import platform
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

SAMPLE_SECONDS = 0.25
STREAM = Path(__file__).with_name("stream.c")


def load_average() -> float:
    return os.getloadavg()[0]


def description() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    entries = dict(line.split("\t:", 1) if "\t:" in line else (line, "") for line in lines)
    values = {key.strip(): value.strip() for key, value in entries.items()}
    flags = set(values.get("flags", values.get("Features", "")).split())
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm", "bf16")
    return {
        "cpu": values.get("model name", platform.machine()),
        "processors": os.cpu_count(),
        "features": [name for name in wanted if name in flags],
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": platform.platform(),
    }


class Stream:
    """Measures the streaming read limit with a small C program, compiled once a run."""

    def __init__(self, threads: int):
        self.threads = threads
        self.folder = tempfile.TemporaryDirectory()
        self.program = Path(self.folder.name) / "stream"
        command = ["cc", "-O3", "-march=native", "-pthread", str(STREAM), "-o", str(self.program)]
        subprocess.run(command, check=True)

    def gigabytes_per_second(self) -> float:
        command = [str(self.program), str(self.threads)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def weight_files(model: Path) -> list[Path]:
    if model.is_file():
        return [model]
    return [file for file in model.iterdir() if file.is_file() and file.stat().st_size > 1 << 20]


def drop_from_cache(model: Path) -> None:
    os.sync()  # pages that are not on the disk yet would stay
    for file in weight_files(model):
        descriptor = os.open(file, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def read_into_cache(model: Path) -> None:
    for file in weight_files(model):
        with file.open("rb") as data:
            while data.read(1 << 24):
                pass


def cached_fraction(model: Path) -> float:
    """How much of the model's files is in the page cache."""
    system, resident, pages = ctypes.CDLL(None, use_errno=True), 0, 0
    for file in weight_files(model):
        with file.open("rb") as data, mmap.mmap(data.fileno(), 0, access=mmap.ACCESS_COPY) as view:
            count = -(-len(view) // mmap.PAGESIZE)
            states = (ctypes.c_ubyte * count)()
            first = ctypes.c_char.from_buffer(view)
            address = ctypes.c_void_p(ctypes.addressof(first))
            if system.mincore(address, ctypes.c_size_t(len(view)), states) != 0:
                raise OSError(ctypes.get_errno(), f"mincore of {file}")
            del first
            resident += sum(state & 1 for state in states)
            pages += count
    return resident / max(1, pages)


class MemorySampler(threading.Thread):
    """The highest memory of a process: all that is resident, and of that what is its own."""

    def __init__(self, process: int):
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{process}/status")
        self.resident = self.private = 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(SAMPLE_SECONDS):
            try:
                text = self.status.read_text()
            except (FileNotFoundError, ProcessLookupError):
                return
            sizes = {
                name: int(rest.split()[0]) * 1024
                for name, _, rest in (line.partition(":") for line in text.splitlines())
                if name in ("VmHWM", "RssAnon")
            }
            self.resident = max(self.resident, sizes.get("VmHWM", 0))
            self.private = max(self.private, sizes.get("RssAnon", 0))

    def stop(self) -> None:
        self.ended.set()
        self.join()
