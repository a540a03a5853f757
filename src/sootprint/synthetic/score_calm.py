"""What an attribution makes of the calm days of a synthetic city, whichever engine it used."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.synthetic.truth import Truth

Array = NDArray[np.float64]


def scorecard_calm(
    truth: Truth, operator: xr.Dataset, draws: xr.Dataset, classes: pd.DataFrame
) -> pd.DataFrame:
    """Table ``scorecard_calm``: true and modelled contributions in the hours of the calm episode.

    The truth is the mean over all posts and hours of the episode. The modelled contribution is the mean of
    ``emission × dispersion_bias × activity × H × 10⁶`` over those that the engine served; its interval is
    that of the rates and of the lasting errors of dispersion, without the errors of single hours. What the
    engine did not serve is in the truth and not in the model: ``share_dropped`` says how much that was.

    Parameters
    ----------
    truth : Truth
        With its calm hours; without any the table is empty.
    operator : Dataset
        ``H(time, receptor, source)`` [s m⁻³]; missing where an hour was not served.
    draws : Dataset
        ``draws`` of an `Attribution`.
    classes : DataFrame
        Table ``attribution_classes``: ``source_id``, ``class`` (low or stack).

    Raises
    ------
    InputError
        If the attribution names a source, post or pollutant that the city does not have.
    """
    if truth.calm.empty:
        return schema.empty("scorecard_calm")
    hours = pd.DatetimeIndex(truth.calm["time_start"])
    own = truth.truth_contributions["contribution"].sel(time=hours)
    _check_same_city(own, operator, draws)
    response = operator["H"].reindex(time=hours).transpose("time", "receptor", "source")
    names = [str(name) for name in draws["source"].values]
    response = response.sel(source=names)
    kinds = classes.drop_duplicates("source_id").set_index("source_id")["class"].reindex(names)
    tables = []
    for pollutant in (str(name) for name in draws["pollutant"].values):
        true = own.sel(pollutant=pollutant, station=response["receptor"].values, source=names)
        activity = draws["activity"].sel(pollutant=pollutant).reindex(time=hours)
        rate = draws["emission"].sel(pollutant=pollutant) * draws["dispersion_bias"]
        tables.append(
            _pollutant_rows(
                pollutant,
                true.transpose("time", "station", "source").to_numpy(),
                response.to_numpy(),
                activity.transpose("time", "source").to_numpy(),
                rate.transpose("draw", "source").to_numpy(),
                kinds,
                _errors(truth, pollutant, names),
            )
        )
    return schema.check(pd.concat(tables, ignore_index=True), "scorecard_calm")


def _pollutant_rows(
    pollutant: str,
    true: Array,
    response: Array,
    activity: Array,
    rate: Array,
    kinds: pd.Series,
    errors: Array,
) -> pd.DataFrame:
    """Rows of one pollutant: its sources, both classes, and all together.

    Arrays are (hour, post, source) [µg m⁻³] and [s m⁻³], (hour, source) [1], (draw, source) [g s⁻¹] and
    (source,) [µg m⁻³]. A source without a rate of the pollutant has no row.
    """
    given = np.isfinite(rate).all(axis=0)
    true, response, activity = true[..., given], response[..., given], activity[:, given]
    rate, errors, kinds = rate[:, given], errors[given], kinds[given]
    served = np.isfinite(response) & np.isfinite(activity)[:, None, :]
    count = served.sum(axis=(0, 1))
    per_rate = np.where(served, response * activity[:, None, :], 0.0).sum(axis=(0, 1)) * 1e6
    per_rate = np.divide(per_rate, count, out=np.full(len(count), np.nan), where=count > 0)
    made = rate * per_rate
    mean = true.mean(axis=(0, 1))
    dropped = np.where(served, 0.0, true).mean(axis=(0, 1))
    members = [("source", name, kinds[name], [k]) for k, name in enumerate(kinds.index)]
    for kind in ("stack", "low"):
        members.append(("class", None, kind, np.flatnonzero(kinds == kind).tolist()))
    members.append(("all", None, None, list(range(len(kinds)))))
    rows = []
    for component, name, kind, chosen in members:
        if not chosen:
            continue
        total, lost = float(mean[chosen].sum()), float(dropped[chosen].sum())
        known = bool((count[chosen] > 0).all())
        sums = made[:, chosen].sum(axis=1) if known else np.full(len(made), np.nan)
        low, high = np.quantile(sums, (0.05, 0.95))
        everything = float(made.sum(axis=1).mean())
        rows.append(
            {
                "pollutant": pollutant,
                "component": component,
                "source_id": name,
                "class": kind,
                "true_ugm3": total,
                "true_error_ugm3": float(np.sqrt((errors[chosen] ** 2).sum())),
                "true_share": _ratio(total, float(mean.sum())),
                "modelled_ugm3": float(sums.mean()),
                "modelled_q05_ugm3": float(low),
                "modelled_q95_ugm3": float(high),
                "modelled_share": _ratio(float(sums.mean()), everything),
                "holds": bool(low <= total <= high),
                "hours": len(true),
                "share_served": float(served[..., chosen].mean()),
                "share_dropped": _ratio(lost, total),
                "rank_correlation": _spearman(mean, made.mean(axis=0)) if component == "all" else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _ratio(part: float, whole: float) -> float:
    return min(part / whole, 1.0) if whole > 0.0 and np.isfinite(part) else float("nan")


def _spearman(a: Array, b: Array) -> float:
    """Spearman's rank correlation [1]; missing under three pairs or without an order."""
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 3 or np.ptp(a[both]) == 0.0 or np.ptp(b[both]) == 0.0:
        return float("nan")
    first, second = pd.Series(a[both]).rank(), pd.Series(b[both]).rank()
    return float(np.clip(np.corrcoef(first, second)[0, 1], -1.0, 1.0))


def _errors(truth: Truth, pollutant: str, names: list[str]) -> Array:
    """Standard error of the true mean contribution of each source by sampling, (source,) [µg m⁻³]."""
    table = truth.calm_errors
    rows = table.loc[table["pollutant"] == pollutant].set_index("source_id")["standard_error_ugm3"]
    return rows.reindex(names).to_numpy(float)


def _check_same_city(own: xr.DataArray, operator: xr.Dataset, draws: xr.Dataset) -> None:
    for kind, asked, known in (
        ("source", draws["source"], own["source"]),
        ("post", operator["receptor"], own["station"]),
        ("pollutant", draws["pollutant"], own["pollutant"]),
    ):
        absent = sorted({str(name) for name in asked.values} - {str(name) for name in known.values})
        if absent:
            raise InputError(
                f"the synthetic city has no {kind} {', '.join(absent)}",
                rule="a scorecard compares an investigation with its own city",
                cure="score the case against the seed that made it",
            )
