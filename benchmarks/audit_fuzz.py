"""Ten thousand damaged reports through the audit: none may crash it, hang it or take more than 1 GiB.

    python benchmarks/audit_fuzz.py [--files 10000] [--seed 0] [-j 2]

Prints how many could be read, why the others could not, the time, and the most memory of this process and of a worker.
Exit 1 where a worker died or hung, an exception of our own was met, or the memory was more than 1 GiB. Run by hand; a
slice of it is tests/property/test_audit_fuzz.py.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from govnb.audit.auditing import UNREADABLE, Audited, audit_all
from govnb.audit.collecting import Source
from tests.damaged import damaged

BATCH = 500
MOST_MEMORY = 1 << 30
# How the sandbox words a death or an exception of ours; anything else is a file that is told to be broken.
OURS = ("读取时出错", "进程崩溃", "已中止", "结果无法传回")


def audit_damaged(seeds: Sequence[int], jobs: int) -> list[Audited]:
    """The audited files of these seeds, which are written to a temporary folder for the while."""
    with tempfile.TemporaryDirectory(prefix="govnb-fuzz-") as name:
        sources = []
        for seed in seeds:
            suffix, content = damaged(seed)
            path = Path(name) / f"{seed:06d}.{suffix}"
            path.write_bytes(content)
            sources.append(Source(path, path.name))
        return list(audit_all(sources, jobs)[0])


def why(audited: Audited) -> str:
    """The reason why it could not be read; empty where it could."""
    return next((check.message.zh for check in audited.checks if check.id == UNREADABLE), "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_args()
    reasons: Counter[str] = Counter()
    faults: list[str] = []
    began = time.perf_counter()
    last = options.seed + options.files
    for first in range(options.seed, last, BATCH):
        for audited in audit_damaged(range(first, min(first + BATCH, last)), options.jobs):
            reason = why(audited)
            reasons[reason] += 1
            if any(word in reason for word in OURS):
                faults.append(f"{audited.file}: {reason}")
        print(f"{min(first + BATCH, last) - options.seed} files, {time.perf_counter() - began:.0f} s", file=sys.stderr)
    own, worker = (resource.getrusage(who).ru_maxrss << 10 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    for reason, count in reasons.most_common():
        print(f"{count:6d}  {reason or 'read'}")
    print(*faults, sep="\n")
    took = time.perf_counter() - began
    print(f"{options.files} files in {took:.0f} s; parent {own >> 20} MiB, worker {worker >> 20} MiB")
    return 1 if faults or max(own, worker) > MOST_MEMORY else 0


if __name__ == "__main__":
    sys.exit(main())
