"""Norms as a table: one reviewed data file a jurisdiction, each row with its source and its mark."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.pollutants import pollutant_id

JURISDICTIONS = ("KZ", "WHO", "EU", "US")
"""Jurisdictions that have a data file, in the order of the table."""


@cache
def _catalogue() -> pd.DataFrame:
    folder = resources.files("sootprint.norms") / "data"
    tables = []
    for jurisdiction in JURISDICTIONS:
        with (folder / f"{jurisdiction.lower()}.csv").open(encoding="utf-8") as file:
            raw = pd.read_csv(file, dtype=str, keep_default_na=False).replace("", pd.NA)
        for column in ("daily_maximum", "rolling"):
            raw[column] = raw[column].map({"true": True, "false": False})
        for column in ("allowed_exceedances", "years", "season_months"):
            raw[column] = pd.to_numeric(raw[column])
        tables.append(schema.check(raw, "norms"))
    return pd.concat(tables, ignore_index=True)


def load(jurisdictions: Iterable[str] | None = None, pollutants: Iterable[str] | None = None) -> pd.DataFrame:
    """Table ``norms`` of the chosen jurisdictions and pollutants, in the order of the data files.

    Limits are in µg m⁻³, averaging times in seconds; an annual mean has 31,536,000 s. Limits that their
    source gives as mixing ratio are converted at 25 °C and 101.325 kPa (1 ppb SO₂ = 2.62 µg m⁻³), which
    the note says. ``mark`` says how the number was checked and must be shown with it.

    Parameters
    ----------
    jurisdictions : iterable of str, optional
        Of KZ, WHO, EU, US in any case; all by default.
    pollutants : iterable of str, optional
        Names, formulas or codes from the pollutant table; all by default.

    Raises
    ------
    InputError
        If a jurisdiction or a pollutant is not known. A known pollutant without a norm gives no row.
    """
    table = _catalogue()
    if jurisdictions is not None:
        wanted = [str(name).upper() for name in jurisdictions]
        for name in wanted:
            if name not in JURISDICTIONS:
                raise InputError(
                    f"no norms of {name!r}",
                    rule="a jurisdiction has a data file of norms",
                    cure=f"one of: {', '.join(JURISDICTIONS)}",
                )
        table = table.loc[table["jurisdiction"].isin(wanted)]
    if pollutants is not None:
        table = table.loc[table["pollutant"].isin([pollutant_id(name) for name in pollutants])]
    return table.reset_index(drop=True).copy()


def unverified(norms: pd.DataFrame) -> pd.DataFrame:
    """Rows of a norms table whose value was not read in its legal text or checked against a published one.

    These are the marks ``unverified`` (general knowledge) and ``secondary`` (read in another's copy);
    both are printed with their mark wherever the value is shown.
    """
    return norms.loc[norms["mark"] != "verified"].reset_index(drop=True)
