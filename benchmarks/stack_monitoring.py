"""Seconds and memory of a table of stack monitoring with 22 million rows, and of pandas on a part of it.

Run: ``python benchmarks/stack_monitoring.py --folder DIR [--rows N] [--threads 2] [--pandas-rows N]``.
It writes about 250 bytes a row under DIR and deletes them at the end. Every measurement is a process of its
own; its memory is the largest resident set of that process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PERIOD = ("2025-01-01", "2027-01-01")
ROWS = 22_020_126


def write(path: str, rows: int) -> dict[str, object]:
    from sootprint.synthetic.stack_monitor import write_stack_table

    truth = write_stack_table(path, rows=rows)
    return {"quarantined": sum(truth.quarantined.values())}


def read(path: str, threads: int) -> dict[str, object]:
    from sootprint.sources import read_stack_monitoring

    result = read_stack_monitoring(
        path, zone="Asia/Almaty", period=PERIOD, threads=threads, scratch=Path(path).parent
    )
    tables = result.tables
    return {
        "in_use": int(tables["stack_days"]["n_rows"].sum()),
        "quarantined": int(tables["stack_quarantine"]["n_rows"].sum()),
        "days": len(tables["stack_days"]),
        "findings": len(result.findings),
    }


def read_pandas(path: str) -> dict[str, object]:
    """The core of it as one would write it in pandas: read, keep, sum up by day, count the flat days."""
    import pandas as pd

    table = pd.read_csv(path, sep=";", dtype=str)
    rate = pd.to_numeric(table["emission"], errors="coerce")
    value = pd.to_numeric(table["pollutant_concentration"], errors="coerce")
    ratio = pd.to_numeric(table["air_excess_ratio"], errors="coerce")
    day = pd.to_datetime(table["registered_date"], errors="coerce", format="%Y-%m-%d")
    keep = ~table["organization_name"].str.contains("Тест") & (table["emission_type"] != "Сточные воды")
    keep &= day.between(*PERIOD) & ~((rate < 0) | (rate > 1e6) | (table["emission"].notna() & rate.isna()))
    table = table.assign(rate=rate, value=value, over=ratio > 1, day=day)[keep]
    keys = ["region", "organization_name", "source_name", "emission_type", "day"]
    days = table.groupby(keys).agg(
        rows=("rate", "size"),
        mean=("rate", "mean"),
        top=("rate", "max"),
        value=("value", "mean"),
        over=("over", "sum"),
    )
    modes = table[table["rate"] > 0].groupby([*keys, "rate"]).size().groupby(level=keys).max()
    return {"in_use": int(days["rows"].sum()), "flat": int((modes >= 12).sum())}


def measured(*arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, __file__, "--child", *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def child(work: list[str]) -> None:
    begin = time.perf_counter()
    if work[0] == "write":
        made = write(work[1], int(work[2]))
    elif work[0] == "read":
        made = read(work[1], int(work[2]))
    else:
        made = read_pandas(work[1])
    used = resource.getrusage(resource.RUSAGE_SELF)
    made |= {
        "seconds": time.perf_counter() - begin,
        "cpu": used.ru_utime + used.ru_stime,
        "gib": used.ru_maxrss / 2**20,
    }
    print(json.dumps(made))


def shown(name: str, made: dict[str, object]) -> None:
    rest = ", ".join(
        f"{key} {value:,}" for key, value in made.items() if key not in ("seconds", "cpu", "gib")
    )
    load = os.getloadavg()[0]
    print(
        f"{name:28s} {made['seconds']:7.1f} s, {made['cpu']:7.1f} s of processors, {made['gib']:5.2f} GiB; "
        f"{rest}; load {load:.1f} on {os.cpu_count()}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--pandas-rows", type=int, default=2_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--child", nargs="+")
    given = parser.parse_args()
    if given.child:
        child(given.child)
        return
    if given.folder is None:
        parser.error("--folder is needed")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        large, small = str(Path(folder) / "large.csv"), str(Path(folder) / "small.csv")
        shown(f"write {given.rows:,} rows", measured("write", large, str(given.rows)))
        print(f"{'size':28s} {Path(large).stat().st_size / 1e9:7.2f} GB")
        shown(f"read {given.rows:,} rows", measured("read", large, str(given.threads)))
        measured("write", small, str(given.pandas_rows))
        ours = measured("read", small, str(given.threads))
        theirs = measured("pandas", small)
        shown(f"read {given.pandas_rows:,} rows", ours)
        shown(f"pandas {given.pandas_rows:,} rows", theirs)
        print(
            f"pandas over ours: {float(str(theirs['seconds'])) / float(str(ours['seconds'])):.2f} in time, "
            f"{float(str(theirs['gib'])) / float(str(ours['gib'])):.2f} in memory"
        )


if __name__ == "__main__":
    main()
