"""The quick inverse model beside the full-data sampler on small made cases."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

CASES = {"A": (3, 4, 10, ("SO2",)), "B": (4, 3, 10, ("SO2", "PM10")), "C": (5, 4, 20, ("SO2",))}
"""Sources, posts, days and pollutants of each made case."""

SEEDS = (7001, 7002)
"""Seeds of the cases; the first alone in the quick run."""

STACK_M, LOW_M = 90.0, 15.0
"""Heights of stacks and of low sources [m]."""


@dataclass(frozen=True)
class SmallCase:
    """A made case: inputs of the inverse model, and the true mean rates (source, pollutant) [g s⁻¹]."""

    operator: xr.Dataset
    observations: pd.DataFrame
    emissions: pd.DataFrame
    sources: pd.DataFrame
    true: pd.DataFrame


def plume(along: Array, across: Array, height: Array, wind: Array) -> Array:
    """Ground-level concentration of a unit source under a reflecting ground [s m⁻³].

    ``exp(−y²/2σ_y²) exp(−H²/2σ_z²) / (π u σ_y σ_z)`` with the open-country widths of class D,
    σ_y = 0.08 x (1 + 10⁻⁴ x)^−½ and σ_z = 0.06 x (1 + 1.5·10⁻³ x)^−½ (Briggs 1973, doi:10.2172/5118833), the
    first twice as wide for an hour in which the wind turns; 0 upwind.
    """
    x = np.maximum(along, 1.0)
    sigma_y = 2.0 * 0.08 * x / np.sqrt(1.0 + 1e-4 * x)
    sigma_z = 0.06 * x / np.sqrt(1.0 + 1.5e-3 * x)
    made = np.exp(-0.5 * (across / sigma_y) ** 2 - 0.5 * (height / sigma_z) ** 2)
    return np.where(along > 1.0, made / (np.pi * wind * sigma_y * sigma_z), 0.0)


def small_case(seed: int, sources: int, posts: int, days: int, pollutants: tuple[str, ...]) -> SmallCase:
    """A made town of a few plumes.

    The wind turns by a random walk. The true contribution of an hour is the plume times three factors: a
    lasting one of the source (spread 0.4 of its logarithm), one of source and post (0.2), and one of the hour
    (0.5, e-folding time 3 h, correlation 0.3 between posts). A background with a daily course and noise of
    5 % are added; of all pollutants but the first, readings under a limit are below detection. Every second
    source is low; the first emits three times what it declares, the others are off by 25 %.
    """
    import xarray as xr

    rng = np.random.default_rng(seed)
    hours = 24 * days
    times = pd.date_range("2024-11-01", periods=hours, freq="h").as_unit("us")
    names, stations = [f"S{k + 1}" for k in range(sources)], [f"P{r + 1}" for r in range(posts)]
    height = np.where(np.arange(sources) % 2, LOW_M, STACK_M)
    response = _responses(rng, hours, posts, height)
    lasting = np.exp(0.4 * rng.standard_normal(sources) + 0.2 * rng.standard_normal((posts, sources)))
    hourly = np.sqrt(0.3) * _walk(rng, (hours, 1, sources)) + np.sqrt(0.7) * _walk(
        rng, (hours, posts, sources)
    )
    actual = response * 1e6 * lasting * np.exp(0.5 * hourly - 0.125)
    declared = np.where(height > LOW_M, 60.0, 4.0)[:, None] * np.exp(
        rng.normal(0.0, 0.5, (sources, len(pollutants)))
    )
    true = declared * np.exp(rng.normal(0.0, 0.25, declared.shape))
    true[0] = 3.0 * declared[0]
    daily = 1.0 + 0.3 * np.cos(2 * np.pi * (np.arange(hours) - 4) / 24)
    tables = []
    for number, pollutant in enumerate(pollutants):
        value = actual @ true[:, number] + 5.0 * daily[:, None]
        value *= 1.0 + 0.05 * rng.standard_normal(value.shape)
        limit = 4.0 if number else 0.0
        tables.append(_readings(times, stations, pollutant, np.maximum(value, 0.0), limit))
    rows = pd.MultiIndex.from_product([names, pollutants], names=["source_id", "pollutant"])
    emissions = rows.to_frame(index=False).assign(
        rate_g_s=declared.ravel(), relative_uncertainty=0.25, time_profile="constant"
    )
    return SmallCase(
        operator=xr.Dataset(
            {"H": (("time", "receptor", "source"), response)},
            coords={"time": times, "receptor": stations, "source": names},
        ),
        observations=pd.concat(tables, ignore_index=True),
        emissions=emissions,
        sources=pd.DataFrame({"source_id": names, "facility_id": names, "kind": "point", "height_m": height}),
        true=pd.DataFrame(true, index=names, columns=list(pollutants)),
    )


def _walk(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Series of unit spread that forget with exp(−Δt / 3 h) along the first axis."""
    from scipy.signal import lfilter

    keep = np.exp(-1.0 / 3.0)
    noise = rng.standard_normal(shape) * np.sqrt(1.0 - keep**2)
    noise[0] = rng.standard_normal(shape[1:])
    return np.asarray(lfilter([1.0], [1.0, -keep], noise, axis=0))


def _responses(rng: np.random.Generator, hours: int, posts: int, height: Array) -> Array:
    """Plumes over posts that stand around the sources, (time, receptor, source) [s m⁻³]."""
    places = rng.uniform(-1500.0, 1500.0, (len(height), 2))
    angle = 2 * np.pi * (np.arange(posts) + rng.uniform(-0.3, 0.3, posts)) / posts
    receptors = rng.uniform(1500.0, 3500.0, (posts, 1)) * np.column_stack([np.cos(angle), np.sin(angle)])
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(0.5 * rng.standard_normal(hours))
    wind = 2.0 + 2.0 * np.exp(0.5 * rng.standard_normal(hours))
    offset = receptors[:, None, :] - places[None, :, :]
    east, north = np.cos(heading)[:, None, None], np.sin(heading)[:, None, None]
    along = offset[..., 0] * east + offset[..., 1] * north
    across = offset[..., 1] * east - offset[..., 0] * north
    return plume(along, across, height, wind[:, None, None])


def _readings(
    times: pd.DatetimeIndex, stations: list[str], pollutant: str, value: Array, limit: float
) -> pd.DataFrame:
    grid = pd.MultiIndex.from_product([times, stations], names=["time_start", "station_id"])
    table = grid.to_frame(index=False).assign(
        pollutant=pollutant, duration_s=3600.0, value_ugm3=value.ravel()
    )
    below = table["value_ugm3"] < limit
    return table.assign(
        value_ugm3=table["value_ugm3"].where(~below, limit),
        flag=np.where(below, "below_detection", "valid"),
        detection_limit_ugm3=limit if limit > 0 else np.nan,
    )


def compared(
    case: SmallCase, *, errors: str, quick: bool, seed: int
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Rates of one case by both, a row a source and pollutant, and what each cost."""
    from sootprint.attribution.full import FullOptions, compare, sample_full
    from sootprint.attribution.inverse import attribute

    given: dict[str, Any] = {"sources": case.sources, "zone": "UTC", "seed": seed}
    start = time.perf_counter()
    made = attribute(case.operator, case.observations, case.emissions, no_episodes(), **given)
    seconds = time.perf_counter() - start
    steps = (300, 300) if quick else (400, 600)
    full = FullOptions(errors=errors, warmup=steps[0], draws=steps[1])
    posterior = sample_full(case.operator, case.observations, case.emissions, full=full, **given)
    rows = compare(made.draws, posterior.draws)
    rows["log_true"] = [
        np.log(case.true.loc[row.source_id, row.pollutant]) for row in rows.itertuples(index=False)
    ]
    cost = {
        "quick_seconds": seconds,
        "full_seconds": posterior.seconds,
        "divergences": float(posterior.divergences),
        "r_hat": float(posterior.diagnostics["r_hat"].max()),
        "effective_size": float(posterior.diagnostics["effective_size"].min()),
    }
    return rows, cost


def no_episodes() -> pd.DataFrame:
    """A table of episodes without a row."""
    never = pd.Series([], dtype="datetime64[us]")
    return pd.DataFrame({"episode_id": [], "pollutant": [], "time_start": never, "time_end": never})


def sampler(*, quick: bool = False) -> pd.DataFrame:
    """Summary of the cases: a row a case, seed and kind of error; ``attrs["metrics"]`` has the worst.

    Raises
    ------
    ConfigError
        If NumPyro is not installed.
    """
    from sootprint.attribution.full.sampler import require_numpyro
    from sootprint.attribution.inverse import attribute

    require_numpyro()
    tiny = small_case(1, 2, 2, 2, ("SO2",))
    given: dict[str, Any] = {"sources": tiny.sources, "zone": "UTC"}
    attribute(tiny.operator, tiny.observations, tiny.emissions, no_episodes(), **given)
    table, detail = [], []
    for name, shape in CASES.items():
        for seed in SEEDS[: 1 if quick else None]:
            for errors in ("normal",) if quick else ("normal", "lognormal"):
                rows, cost = compared(small_case(seed, *shape), errors=errors, quick=quick, seed=seed)
                table.append(_summary(rows, cost, name, seed, errors, shape))
                detail.append(rows.assign(case=name, seed=seed, errors=errors))
        if quick:
            break
    made = pd.DataFrame(table)
    each = pd.concat(detail, ignore_index=True)
    same = each[each["errors"] == "normal"]
    made.attrs["detail"] = each
    made.attrs["metrics"] = {
        "mean_difference": float(same["difference"].abs().mean()),
        "largest_difference": float(same["difference"].abs().max()),
        "mean_width_ratio": float(np.exp(np.log(same["width_ratio"]).mean())),
        "least_width_ratio": float(same["width_ratio"].min()),
        "largest_width_ratio": float(same["width_ratio"].max()),
        "time_ratio": float((made["full_seconds"] / made["quick_seconds"]).median()),
    }
    made.attrs["notes"] = _notes(made.attrs["metrics"])
    return made


def _summary(
    rows: pd.DataFrame,
    cost: dict[str, float],
    name: str,
    seed: int,
    errors: str,
    shape: tuple[int, int, int, tuple[str, ...]],
) -> dict[str, object]:
    ends = rows[["low_difference", "high_difference"]]

    def held(kind: str) -> int:
        return int(rows["log_true"].between(rows[f"{kind}_low"], rows[f"{kind}_high"]).sum())

    return {
        "case": name,
        "seed": seed,
        "size": f"{shape[0]} × {shape[1]} × {shape[2]} d × {len(shape[3])}",
        "errors": errors,
        "rates": len(rows),
        "mean_difference": float(rows["difference"].mean()),
        "largest_difference": float(rows["difference"].abs().max()),
        "largest_end_difference": float(ends.abs().to_numpy().max()),
        "width_ratio": float(np.exp(np.log(rows["width_ratio"]).mean())),
        "least_width_ratio": float(rows["width_ratio"].min()),
        "largest_width_ratio": float(rows["width_ratio"].max()),
        "quick_holds": held("quick"),
        "full_holds": held("full"),
        **cost,
    }


def _notes(metrics: dict[str, float]) -> list[str]:
    return [
        "Sizes are sources × posts × days × pollutants. Differences are those of ln of the rates, quick less "
        "full, over the full posterior's spread: of means, and of the ends of the 90 % intervals. "
        "`width_ratio`: geometric mean of quick over full widths. `quick_holds`, `full_holds`: rates whose "
        "90 % interval holds the truth, of `rates`.",
        "`normal`: the model of the quick one, with error scales, background and lasting errors sampled "
        "together with the rates. `lognormal`: errors of contributions are factors of mean one. Both on the "
        "same cells. Seconds are wall time; those of the full sampler include its compilation.",
        "Over the rates of the `normal` rows: mean |difference| "
        f"{metrics['mean_difference']:.2f}, largest {metrics['largest_difference']:.2f}; widths "
        f"{metrics['mean_width_ratio']:.2f} ({metrics['least_width_ratio']:.2f}–"
        f"{metrics['largest_width_ratio']:.2f}) of the full ones; the full sampler takes "
        f"{metrics['time_ratio']:.0f} times as long (median).",
    ]
