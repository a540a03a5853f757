"""What each regime of adverse weather asks of each source: range, rate after it, and who must be covered."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError

REGIMES = ("I", "II", "III")
MARKS = ("verified", "secondary", "unverified", "assumed")
SCOPES = ("all", "facility_kind", "source")

BASES = ("permitted", "declared", "measured", "assumed")
"""Order in which the rate that a cut is taken of is chosen: a cut is asked of what the permit allows."""

RULE_COLUMNS = [
    "rule_id", "regime", "scope", "kind", "reduction_from", "reduction_to", "measure", "source", "mark",
    "note",
]  # fmt: skip
CRITERION_COLUMNS = ["regime", "factor", "source", "mark", "note"]


def reduction_rules() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ranges of reduction and criteria of coverage that come with the package: two data files.

    ``scope`` says whom a range is for: ``all``, a ``facility_kind`` (named in ``kind``) or a ``source``; the
    narrowest that fits is taken.
    """
    ranges, criteria = _own_rules()
    return ranges.copy(), criteria.copy()


@cache
def _own_rules() -> tuple[pd.DataFrame, pd.DataFrame]:
    folder = resources.files("sootprint.action") / "data"
    made = []
    for name in ("nmu_reductions", "nmu_criteria"):
        with (folder / f"{name}.csv").open(encoding="utf-8") as file:
            made.append(pd.read_csv(file, keep_default_na=False))
    return _checked_ranges(made[0]), _checked_criteria(made[1])


def required_reductions(
    sources: pd.DataFrame,
    rates: pd.DataFrame,
    *,
    regimes: tuple[str, ...] = REGIMES,
    facilities: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    ranges: pd.DataFrame | None = None,
    criteria: pd.DataFrame | None = None,
    uncontrollable: bool = False,
) -> pd.DataFrame:
    """Table ``nmu_reductions``: what each regime asks of each source and pollutant.

    The rate after a cut r is q (1 − r). The criterion of coverage is that of the plant, since the text sets
    the concentration made by all emissions of the plant against the norm: with k = 1.2, 1.4 or 1.6 for
    regimes I, II and III, the plant must have measures for a pollutant where k Σ c > 1, c being the parts of
    its sources at the worst point in parts of the norm, with the background where one is given.

    Parameters
    ----------
    sources : DataFrame
        Table ``sources``.
    rates : DataFrame
        Table ``rates`` or ``emissions``: source_id, pollutant, basis, rate_g_s [g s⁻¹], mark. Of several
        bases the first of `BASES` is taken, of several rows of it the largest rate.
    regimes : tuple of str
        Regimes to list.
    facilities : DataFrame, optional
        Table ``facilities``; its ``kind`` is what a range of scope ``facility_kind`` looks at.
    shares : DataFrame, optional
        Columns source_id, pollutant, ``concentration_ratio`` [1]: the part of the source at the worst point
        outside the plant over the norm, by any engine; and ``background_ratio`` [1] where known. A source
        without a row makes its plant's sum unknown, not smaller.
    ranges, criteria : DataFrame, optional
        Other rules with the columns of `reduction_rules`.
    uncontrollable : bool
        Whether sources that cannot be given an order (stoves, traffic) are listed too.

    Raises
    ------
    ConfigError
        If a rule cannot be right or a regime is unknown.
    InputError
        If ``shares`` lacks a column or holds a source and pollutant twice.
    """
    wrong = [name for name in regimes if name not in REGIMES]
    if wrong:
        raise ConfigError(f"regime {wrong[0]!r} is not known", cure="I, II or III")
    own = reduction_rules()
    table = _checked_ranges(own[0] if ranges is None else ranges)
    limits = _checked_criteria(own[1] if criteria is None else criteria)
    base = _rates(sources, rates, uncontrollable)
    base = _with_shares(base, shares)
    kinds = (
        {} if facilities is None else dict(zip(facilities["facility_id"], facilities["kind"], strict=True))
    )
    rows = [
        _row(item, regime, _rule_of(item, regime, table, kinds), limits)
        for regime in regimes
        for item in base.to_dict("records")
    ]
    return schema.check(pd.DataFrame(rows), "nmu_reductions") if rows else schema.empty("nmu_reductions")


def _rates(sources: pd.DataFrame, rates: pd.DataFrame, uncontrollable: bool) -> pd.DataFrame:
    known = rates[rates["rate_g_s"].notna()]
    order = known["basis"].map({basis: rank for rank, basis in enumerate(BASES)})
    chosen = known.assign(order=order).sort_values(
        ["source_id", "pollutant", "order", "rate_g_s"], ascending=[True, True, True, False], kind="stable"
    )
    chosen = chosen.drop_duplicates(["source_id", "pollutant"])
    columns = ["source_id", "facility_id", "controllable"]
    joined = chosen[["source_id", "pollutant", "basis", "rate_g_s", "mark"]].merge(
        sources[columns], on="source_id", how="inner"
    )
    if not uncontrollable:
        joined = joined[joined["controllable"].fillna(True).astype(bool)]
    return joined.sort_values(["facility_id", "source_id", "pollutant"], kind="stable").reset_index(drop=True)


def _with_shares(base: pd.DataFrame, shares: pd.DataFrame | None) -> pd.DataFrame:
    if shares is None:
        return base.assign(concentration_ratio=np.nan, plant_ratio=np.nan)
    missing = [name for name in ("source_id", "pollutant", "concentration_ratio") if name not in shares]
    if missing:
        raise InputError(
            f"the shares lack {', '.join(missing)}", cure="source_id, pollutant, concentration_ratio"
        )
    twice = shares.duplicated(["source_id", "pollutant"])
    if twice.any():
        first = shares.loc[twice].iloc[0]
        raise InputError(
            f"two shares of source {first['source_id']} and {first['pollutant']}",
            rule="one worst point a source and pollutant",
            cure="keep the row of the worst point",
        )
    columns = ["source_id", "pollutant", "concentration_ratio"]
    columns += ["background_ratio"] if "background_ratio" in shares else []
    joined = base.merge(shares[columns], on=["source_id", "pollutant"], how="left")
    groups = joined.groupby(["facility_id", "pollutant"], dropna=False)["concentration_ratio"]
    total = groups.transform(lambda part: part.sum(skipna=False))
    if "background_ratio" in joined:
        behind = joined.groupby(["facility_id", "pollutant"], dropna=False)["background_ratio"].transform(
            "max"
        )
        total = total + behind.fillna(0.0)
    return joined.assign(plant_ratio=total)


def _rule_of(
    item: dict, regime: str, ranges: pd.DataFrame, kinds: dict[str, object]
) -> dict[str, object] | None:
    mine = ranges[ranges["regime"] == regime]
    for scope, kind in (
        ("source", item["source_id"]),
        ("facility_kind", kinds.get(item["facility_id"])),
        ("all", None),
    ):
        fitting = mine[mine["scope"] == scope]
        if kind is not None:
            fitting = fitting[fitting["kind"] == kind]
        elif scope != "all":
            continue
        if len(fitting):
            return {str(key): value for key, value in fitting.iloc[0].to_dict().items()}
    return None


def _row(
    item: dict, regime: str, rule: dict[str, object] | None, criteria: pd.DataFrame
) -> dict[str, object]:
    rate = float(item["rate_g_s"])
    row: dict[str, object] = {
        "regime": regime,
        **{key: item[key] for key in ("source_id", "facility_id", "pollutant", "basis", "controllable")},
        "rate_g_s": rate,
        "rate_mark": item["mark"],
        "concentration_ratio": item["concentration_ratio"],
        "plant_ratio": item["plant_ratio"],
    }
    if rule is not None:
        low, high = float(str(rule["reduction_from"])), float(str(rule["reduction_to"]))
        row |= {
            "reduction_from": low,
            "reduction_to": high,
            "rate_after_from_g_s": rate * (1.0 - low),
            "rate_after_to_g_s": rate * (1.0 - high),
            **{key: rule[key] for key in ("rule_id", "measure", "source", "mark", "note")},
        }
    known = criteria[criteria["regime"] == regime]
    if len(known):
        first = known.iloc[0]
        total = float(item["plant_ratio"])
        row |= {
            "criterion_factor": float(first["factor"]),
            "covered": bool(total * float(first["factor"]) > 1.0) if np.isfinite(total) else pd.NA,
            "criterion_source": first["source"],
            "criterion_mark": first["mark"],
        }
    return row


def _checked_ranges(table: pd.DataFrame) -> pd.DataFrame:
    _require(table, RULE_COLUMNS, "ranges of reduction")
    for row in table.itertuples():
        place = f"rule {row.rule_id}"
        if row.scope not in SCOPES:
            raise ConfigError(f"scope {row.scope!r}", where=place, cure=", ".join(SCOPES))
        if not 0.0 <= float(row.reduction_from) <= float(row.reduction_to) <= 1.0:
            raise ConfigError(
                f"reduction from {row.reduction_from} to {row.reduction_to}",
                where=place,
                rule="0 ≤ from ≤ to ≤ 1",
                cure="write 20 % as 0.20",
            )
    return table


def _checked_criteria(table: pd.DataFrame) -> pd.DataFrame:
    _require(table, CRITERION_COLUMNS, "criteria")
    if not (table["factor"].astype(float) >= 1.0).all():
        raise ConfigError("a criterion has a factor under 1", cure="1.2 for plus 20 %")
    return table


def _require(table: pd.DataFrame, columns: list[str], name: str) -> None:
    missing = [column for column in columns if column not in table]
    if missing or table.empty:
        raise ConfigError(f"{name} lack {', '.join(missing) or 'rows'}", cure=f"columns {', '.join(columns)}")
    for column, allowed in (("mark", MARKS), ("regime", REGIMES)):
        strange = sorted(set(table[column]) - set(allowed))
        if strange:
            raise ConfigError(f"{column} {strange[0]!r} in {name}", cure=f"one of {', '.join(allowed)}")
