"""Readings over their single maximum limit: what the regimes of adverse weather are judged by."""

from __future__ import annotations

import pandas as pd

from sootprint.core.errors import InputError

LONGEST_READING_S = 3600.0
"""Longest reading that is set against a limit for 20–30 minutes [s]; a longer mean says too little of it."""

COLUMNS = ["time_start", "duration_s", "ratio", "station_id", "pollutant", "norm_id", "mark", "understates"]


def limit_ratios(
    observations: pd.DataFrame,
    norms: pd.DataFrame,
    *,
    jurisdiction: str = "KZ",
    without: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Readings as parts of their single maximum limit, for `sootprint.weather.nmu_regimes`.

    The limit is the norm of ``jurisdiction`` with the shortest averaging time under an hour. A reading that
    is longer than the norm accepts (an hourly mean against 20–30 minutes) is a mean of what the norm limits
    and can only understate it; it is kept and marked. Missing and suspect readings, and means of more than
    an hour, are left out.

    Parameters
    ----------
    observations : DataFrame
        Table ``observations`` [µg m⁻³].
    norms : DataFrame
        Table ``norms``.
    jurisdiction : str
        Whose limits.
    without : tuple of str
        Pollutants left out, as H2S of automatic posts that cannot measure it.

    Returns
    -------
    DataFrame
        ``time_start`` (UTC), ``duration_s`` [s], ``ratio`` [1], ``station_id``, ``pollutant``, ``norm_id``,
        ``mark`` of the norm, and ``understates``.

    Raises
    ------
    InputError
        If the jurisdiction has no limit for under an hour.
    """
    short = norms[(norms["jurisdiction"] == jurisdiction) & (norms["averaging_s"] < LONGEST_READING_S)]
    if short.empty:
        raise InputError(
            f"no norm of {jurisdiction} is for under an hour",
            rule="the degree of adverse weather is judged by single maximum limits",
            cure="add the jurisdiction to the norms, by default KZ",
        )
    limits = short.sort_values("averaging_s", kind="stable").drop_duplicates("pollutant")
    usable = (
        observations["flag"].isin(["valid", "below_detection"])
        & observations["value_ugm3"].notna()
        & (observations["duration_s"] <= LONGEST_READING_S)
        & ~observations["pollutant"].isin(without)
    )
    columns = ["station_id", "pollutant", "time_start", "duration_s", "value_ugm3"]
    joined = observations.loc[usable, columns].merge(
        limits[["pollutant", "norm_id", "limit_ugm3", "averaging_s", "averaging_longest_s", "mark"]],
        on="pollutant",
    )
    accepted = joined["averaging_longest_s"].fillna(joined["averaging_s"])
    joined["ratio"] = joined["value_ugm3"].clip(lower=0.0) / joined["limit_ugm3"]
    joined["understates"] = joined["duration_s"] > accepted
    return joined[COLUMNS].sort_values(["time_start", "station_id", "pollutant"]).reset_index(drop=True)
