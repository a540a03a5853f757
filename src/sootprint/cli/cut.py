"""Command ``cut``: whether a promised cut of emission is visible at the stack and at the posts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.timeaxis import zone_info

SHOWN = ("cut", "cut_low", "cut_high", "power_promised", "detectable_cut", "cut_if_gaps_uncut")
"""Shares that are shown as percentages."""


def run_cut(
    folder: Path,
    *,
    plants: list[str],
    sources: list[str],
    pollutant: str,
    start: str,
    end: str,
    promised: float,
    stack_monitoring: Path | None,
    exclude: Path | None,
    reference_days: float,
    with_operator: bool,
    as_json: bool,
) -> None:
    """Check of one promise from all the data that the case has.

    Raises
    ------
    InputError
        If a time, a plant or a file cannot be used, or no data answer the question.
    """
    import sootprint
    from sootprint import action
    from sootprint.case.flow.dispersing import prior_rates
    from sootprint.cli.nmu import tables_of
    from sootprint.cli.screen import err, print_json

    case = sootprint.open_case(folder)
    settings = case.settings
    zone = settings.place.zone
    promise = action.promised_cut(
        pollutant=pollutant,
        time_start=local_time(start, zone),
        time_end=local_time(end, zone, closing=True),
        cut=promised,
        facility_ids=plants,
        source_ids=sources,
        cut_id=_name(plants, sources),
    )
    wanted = {"weather", "h2s"} | ({"operator"} if with_operator else set())
    made = tables_of(case, wanted, quiet=as_json)
    inventory = made["sources"].load()
    if inventory.empty:
        raise InputError(
            "the case has no inventory",
            rule="a promise is checked for sources",
            cure="sootprint add CASE FILE",
        )
    observations = made["observations"].load()
    if "h2s_quality" in made and not settings.attribution.use_suspect_h2s:
        from sootprint import monitors

        observations = monitors.flag_h2s(observations, made["h2s_quality"].load())
    checks = action.check_promised_cuts(
        promise,
        inventory,
        zone=zone,
        rates=prior_rates(made["emissions"].load(), inventory, None),
        **_stack(made, stack_monitoring, zone),
        observations=observations,
        operator=made["operator"].load().load() if "operator" in made else None,
        weather=made["meteorology"].load(),
        stations=made["stations"].load().dropna(subset=["lon", "lat"]),
        excluded=None if exclude is None else intervals(exclude, zone),
        options=action.CutOptions(reference_days=reference_days),
        seed=settings.seed,
        progress=None if as_json else lambda text: err.print(f"Checking {text}", highlight=False),
    )
    if checks.empty:
        raise InputError(
            "no data answer the question",
            rule="stack monitoring, or readings with weather, are needed",
            cure="--stack-monitoring FILE, or add readings and weather to the case",
        )
    if as_json:
        print_json({"promise": promise, "checks": checks})
        return
    show_checks(promise, checks)


def _name(plants: list[str], sources: list[str]) -> str:
    return ",".join([*plants, *sources]) or "complex"


def _stack(made: dict[str, Any], file: Path | None, zone: str) -> dict[str, pd.DataFrame]:
    """Tables of stack monitoring: of a file, else of the case."""
    names = ("stack_readings", "stack_days")
    if file is None:
        return {name: made[name].load() for name in names if name in made}
    from sootprint import sources as room

    inventory = {name: made[name].load() for name in ("sources", "facilities")}
    read = room.read_stack_monitoring(file, name=file.name, zone=zone, inventory=inventory)
    return {name: read.tables[name] for name in names if name in read.tables}


def local_time(text: str, zone: str, *, closing: bool = False) -> pd.Timestamp:
    """UTC of a local date or time; a bare date that closes a window stands for its end.

    Raises
    ------
    InputError
        If the text is no time, or one that the clocks skipped.
    """
    try:
        stamp = pd.Timestamp(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no time", cure="2025-10-23 or 2025-10-23T08:00, local") from error
    if closing and stamp == stamp.normalize() and len(text.strip()) <= 10:
        stamp += pd.Timedelta(days=1)
    try:
        aware = stamp.tz_localize(zone_info(zone), ambiguous=True, nonexistent="raise")
    except ValueError as error:
        raise InputError(f"{text!r} is no local time of {zone}", cure="another hour") from error
    return aware.tz_convert("UTC").tz_localize(None).as_unit("us")


def intervals(path: Path, zone: str) -> pd.DataFrame:
    """Intervals to leave out of the reference, UTC, of a CSV with local columns ``from`` and ``to``.

    Raises
    ------
    InputError
        If a column is missing.
    """
    from sootprint.core.raw import read_raw

    table = read_raw(path)[0].with_header()
    missing = [name for name in ("from", "to") if name not in table]
    if missing:
        raise InputError(
            f"no column {missing[0]!r}", where=path.name, cure="columns from and to, local times"
        )
    return pd.DataFrame(
        {
            "time_start": [local_time(text, zone) for text in table["from"]],
            "time_end": [local_time(text, zone, closing=True) for text in table["to"]],
        }
    )


METHODS = {
    "stack": "Stack monitors",
    "operator": "Posts, with the dispersion engine",
    "matched": "Posts, downwind less elsewhere in like weather",
}


def show_checks(promise: pd.DataFrame, checks: pd.DataFrame) -> None:
    """Each check as a paragraph: verdict, interval, power, and what was left out."""
    from sootprint.cli.screen import out

    item = promise.iloc[0]
    out.print(
        f"Promised: {item['promised_cut']:.0%} less {item['pollutant']} by {item['cut_id']} from "
        f"{item['time_start']:%Y-%m-%d %H:%M} to {item['time_end']:%Y-%m-%d %H:%M} UTC",
        highlight=False,
    )
    for row in checks.to_dict("records"):
        out.print(f"\n{METHODS[row['method']]}: {row['verdict']}", style="bold", highlight=False)
        lines = [f"agreement of stack and posts: {row['agreement']}"]
        if pd.notna(row["cut"]):
            lines = [
                f"cut {share(row['cut'])}, {row['interval_level']:.0%} interval {share(row['cut_low'])} to "
                f"{share(row['cut_high'])}",
                f"power for the promised cut {share(row['power_promised'])}; smallest cut seen with "
                f"{row['power_asked']:.0%} power: {share(row['detectable_cut'], 'none')}",
                *lines,
            ]
        lines.append(
            f"window {row['window_used_h']} of {row['window_h']} h used, "
            f"{row['window_missing_h']} h missing; reference {row['reference_used_h']} of "
            f"{row['reference_h']} h used, {row['reference_excluded_h']} h left out"
        )
        if pd.notna(row["cut_if_gaps_uncut"]) and row["window_missing_h"]:
            lines.append(f"cut if the missing hours were not cut: {share(row['cut_if_gaps_uncut'])}")
        if pd.notna(row["matched_on"]) and row["matched_on"]:
            lines.append(
                f"matched on: {row['matched_on']}; blocks of {row['block_h']:.0f} h; seed {row['seed']}"
            )
        lines += [text for text in str(row["remarks"]).split("; ") if text]
        for line in lines:
            out.print(f"  {line}", highlight=False, soft_wrap=True)


def share(value: Any, missing: str = "no bound") -> str:
    """Share in whole per cent; a word where it is missing."""
    return missing if pd.isna(value) else f"{100.0 * value:.0f} %"
