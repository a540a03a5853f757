"""Norms as a table: one reviewed data file a jurisdiction, each row with its source and its mark."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.pollutants import pollutant_id
from sootprint.norms.rows import norm_rows

JURISDICTIONS = ("KZ", "WHO", "EU", "US")
"""Jurisdictions that have a data file, in the order of the table."""

KINDS = ("limit", "target", "guideline", "interim_target", "information", "alert")
"""What a number is in its own law: what must be met, should be met, is advised, or calls for a warning."""

DEFAULT_KINDS = ("limit", "target", "guideline", "information", "alert")
"""Kinds that are loaded unless others are asked for: all but the WHO's interim targets."""

Extra = str | Path | Iterable[str | Path] | None


@cache
def _texts() -> pd.DataFrame:
    """Cells of all data files as they are written, indexed by norm."""
    folder = resources.files("sootprint.norms") / "data"
    tables = []
    for jurisdiction in JURISDICTIONS:
        with (folder / f"{jurisdiction.lower()}.csv").open(encoding="utf-8") as file:
            tables.append(pd.read_csv(file, dtype=str, keep_default_na=False))
    return pd.concat(tables, ignore_index=True)


@cache
def _catalogue() -> pd.DataFrame:
    texts = _texts()
    return pd.concat(
        [
            norm_rows(part.set_axis(range(2, len(part) + 2)), file=f"{name.lower()}.csv")
            for name, part in ((name, texts.loc[texts["jurisdiction"] == name]) for name in JURISDICTIONS)
        ],
        ignore_index=True,
    )


def load(
    jurisdictions: Iterable[str] | None = None,
    pollutants: Iterable[str] | None = None,
    *,
    kinds: Iterable[str] | None = DEFAULT_KINDS,
    extra: Extra = None,
) -> pd.DataFrame:
    """Table ``norms`` of the chosen jurisdictions, pollutants and kinds, in the order of the data files.

    Limits are in µg m⁻³, averaging times in seconds; an annual mean has 31,536,000 s. Limits that their
    source gives as mixing ratio are converted at 25 °C and 101.325 kPa (1 ppb SO₂ = 2.62 µg m⁻³), which
    the note says. ``mark`` says how the number was checked, ``rule_mark`` how the rules of its form were;
    both must be shown with it.

    Parameters
    ----------
    jurisdictions : iterable of str, optional
        Of KZ, WHO, EU, US in any case; all by default.
    pollutants : iterable of str, optional
        Names, formulas or codes from the pollutant table; all by default.
    kinds : iterable of str, optional
        Of `KINDS`; all where None is given. By default the interim targets of the WHO are left out.
    extra : path or iterable of paths, optional
        CSV or Excel files of corrections and additions with columns of the table ``norms``; later files
        win. A row with the ``norm_id`` of a known norm replaces it: columns that the file does not have
        keep their value, and of ``limit_ugm3`` and ``limit_stated`` the one that is given makes the other.
        ``corrected_in`` names the file and row.

    Raises
    ------
    InputError
        If a jurisdiction, a kind or a pollutant is not known, or a file of corrections breaks a rule; it
        names file, row, column, rule and cure. A known pollutant without a norm gives no row.
    """
    table = _catalogue()
    for path in _paths(extra):
        table = _corrected(table, path)
    if jurisdictions is not None:
        wanted = _known(
            [str(name).upper() for name in jurisdictions], JURISDICTIONS, "norms of", "jurisdiction"
        )
        table = table.loc[table["jurisdiction"].isin(wanted)]
    if kinds is not None:
        table = table.loc[table["kind"].isin(_known([str(name) for name in kinds], KINDS, "kind", "kind"))]
    if pollutants is not None:
        table = table.loc[table["pollutant"].isin([pollutant_id(name) for name in pollutants])]
    return table.reset_index(drop=True).copy()


def _known(names: list[str], known: tuple[str, ...], what: str, sort: str) -> list[str]:
    for name in names:
        if name not in known:
            raise InputError(
                f"no {what} {name!r}",
                rule="a jurisdiction has a data file of norms"
                if sort == "jurisdiction"
                else "a kind of norm",
                cure=f"one of: {', '.join(known)}",
            )
    return names


def _paths(extra: Extra) -> list[Path]:
    if extra is None:
        return []
    return [Path(extra)] if isinstance(extra, str | Path) else [Path(path) for path in extra]


def _corrected(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    from sootprint.core.raw import read_raw

    raw = read_raw(path)[0]
    cells = raw.with_header()
    if "norm_id" not in cells:
        raise InputError(
            "no column norm_id",
            where=raw.place(),
            rule="a row of corrections names its norm",
            cure=f"columns of the table norms: {', '.join(schema.columns('norms'))}",
        )
    merged = cells.copy()
    before = _as_text(table)
    mine = merged["norm_id"].str.strip()
    for column in [name for name in schema.columns("norms") if name not in cells]:
        kept = before[column].reindex(mine).fillna("").to_numpy()
        if (column == "limit_ugm3" and "limit_stated" in cells) or (
            column == "limit_stated" and "limit_ugm3" in cells
        ):
            kept = ""
        merged[column] = kept
    merged["corrected_in"] = [f"{path.name}, row {number}" for number in merged.index]
    rows = norm_rows(merged, file=path.name)
    made = table.set_index("norm_id", drop=False)
    known = rows["norm_id"].isin(made.index)
    replaced = rows.loc[known].set_index("norm_id", drop=False)
    made = pd.concat([made.loc[~made.index.isin(replaced.index)], replaced]).loc[made.index]
    return schema.check(pd.concat([made, rows.loc[~known]], ignore_index=True), "norms")


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Cells of a norms table as text that reads back to the same row, indexed by norm."""
    made = {}
    for column in table.columns:
        values = table[column].astype(object)
        made[column] = [
            "" if pd.isna(value) else repr(float(value)) if isinstance(value, float) else str(value).strip()
            for value in values
        ]
    return pd.DataFrame(made, index=pd.Index(table["norm_id"], name=None)).replace(
        {"True": "true", "False": "false"}
    )


def unverified(norms: pd.DataFrame) -> pd.DataFrame:
    """Rows of a norms table whose value was not read in its legal text or checked against a published one.

    These are the marks ``unverified`` (general knowledge) and ``secondary`` (read in another's copy);
    both are printed with their mark wherever the value is shown.
    """
    return norms.loc[norms["mark"] != "verified"].reset_index(drop=True)
