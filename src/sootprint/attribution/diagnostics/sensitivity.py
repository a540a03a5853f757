"""How far each source's rate moves, and which outcomes change, when inputs or prior do."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.diagnostics.rows import Row, row
from sootprint.attribution.inverse import Attribution, Options

Array = NDArray[np.float64]

UNDECIDED = "not decidable"

LARGEST_SHIFT = 1.645
"""Half width of a 90 % interval in spreads: a rate that moves no further stays within its own interval."""


def changed_rows(check: str, subject: str, result: Attribution, other: Attribution) -> list[Row]:
    """Rows of ``attribution_sensitivity``: each rate of the attribution against that of another one."""
    verdicts = other.sources.set_index(["source_id", "pollutant"])["verdict"].to_dict()
    return [
        _row(
            (check, subject), item, _draws(result, "emission", item), _draws(other, "emission", item),
            str(verdicts[(item.source_id, item.pollutant)]),
        )
        for item in result.sources.itertuples(index=False)
    ]  # fmt: skip


def blind_rows(result: Attribution, options: Options) -> list[Row]:
    """The same for the declared-blind posterior, which every attribution holds; no refit is needed."""
    rows = []
    for item in result.sources.itertuples(index=False):
        changed = _draws(result, "emission_blind", item)
        verdict = UNDECIDED
        if pd.isna(item.group_id):
            verdict = outcome(
                changed, float(item.declared_g_s), float(item.averaging_kernel), options.decidable
            )
        rows.append(
            _row(("declared-blind", "blind"), item, _draws(result, "emission", item), changed, verdict)
        )
    return rows


def outcome(draws: Array, declared: float, kernel: float, decidable: float) -> str:
    """Outcome for a declared rate: which side of it the 90 % interval lies, where the readings decide."""
    if not declared > 0 or kernel < decidable:
        return UNDECIDED
    low, high = np.quantile(draws, (0.05, 0.95))
    if low > declared:
        return "above declared"
    return "below declared" if high < declared else "consistent with declared"


def _draws(result: Attribution, name: str, item: object) -> Array:
    chosen = result.draws[name].sel(source=item.source_id, pollutant=item.pollutant)  # type: ignore[attr-defined]
    return np.asarray(chosen.to_numpy(), float)


def _row(change: tuple[str, str], item: object, draws: Array, changed: Array, changed_verdict: str) -> Row:
    base, moved = float(np.median(draws)), float(np.median(changed))
    low, high = np.quantile(changed, (0.05, 0.95))
    verdict = str(item.verdict)  # type: ignore[attr-defined]
    return {
        "check": change[0],
        "subject": change[1],
        "source_id": item.source_id,  # type: ignore[attr-defined]
        "pollutant": item.pollutant,  # type: ignore[attr-defined]
        "rate_g_s": base,
        "changed_g_s": moved,
        "changed_q05_g_s": float(low),
        "changed_q95_g_s": float(high),
        "shift": float(np.log(moved / base) / np.log(draws).std()),
        "verdict": verdict,
        "changed_verdict": changed_verdict,
        "flips": UNDECIDED not in (verdict, changed_verdict) and changed_verdict != verdict,
        "undecided": verdict != UNDECIDED and changed_verdict == UNDECIDED,
    }


SHIFTS = ("post left out", "episode left out", "prior wider", "prior narrower")


def shift_rows(table: pd.DataFrame) -> list[Row]:
    """Largest shift of each rate in each family of changes.

    Of a changed prior only sources with a decided outcome are judged: the others rest on the prior, and
    their outcome says so.
    """
    rows = []
    for check in SHIFTS:
        part = table[table["check"] == check]
        if check.startswith("prior"):
            part = part[part["verdict"] != UNDECIDED]
        for (source_id, pollutant), own in part.groupby(["source_id", "pollutant"], sort=True):
            worst = own.loc[own["shift"].abs().idxmax()]
            words = (
                f"{worst['rate_g_s']:.3g} g/s becomes {worst['changed_g_s']:.3g} g/s "
                f"({_change_words(check, str(worst['subject']))})"
            )
            rows.append(
                row(
                    f"{check}: rates", "source", str(source_id), str(pollutant), float(worst["shift"]), words,
                    low=-LARGEST_SHIFT, high=LARGEST_SHIFT,
                )
            )  # fmt: skip
    return rows


def verdict_rows(table: pd.DataFrame) -> list[Row]:
    """Of each decided outcome: the number of changes under which it becomes another decided one; 0 passes.

    That it is not decidable any more, with fewer readings or a wider prior, contradicts nothing: it is said
    in the words.
    """
    decided = table[table["verdict"] != UNDECIDED]
    rows = []
    for (source_id, pollutant), own in decided.groupby(["source_id", "pollutant"], sort=True):
        lost, open_now = own[own["flips"]], own[own["undecided"]]
        parts = [f"becomes {item.changed_verdict} {_words_of(item)}" for item in lost.itertuples()]
        parts += [f"not decidable {_words_of(item)}" for item in open_now.itertuples()]
        stays = len(own) - len(lost) - len(open_now)
        words = "; ".join([f"{own['verdict'].iloc[0]}: stays in {stays} of {len(own)} changes", *parts])
        rows.append(
            row("verdict stays", "source", str(source_id), str(pollutant), float(len(lost)), words, high=0.0)
        )
    return rows


def _words_of(item: object) -> str:
    return _change_words(str(item.check), str(item.subject))  # type: ignore[attr-defined]


def _change_words(check: str, subject: str) -> str:
    words = {
        "post left out": f"without post {subject}",
        "episode left out": f"without episode {subject}",
        "prior wider": f"with the prior's spread {subject}",
        "prior narrower": f"with the prior's spread {subject}",
        "declared-blind": "with the declared-blind prior",
    }
    return words[check]
