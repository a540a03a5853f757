"""Audit of a declared inventory: a list of small checks, each of which names its rule and its document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.sources.auditing import balances, copies, gaps, identities, monitoring, places, plausibility
from sootprint.sources.auditing.book import AuditOptions, Book, open_book
from sootprint.sources.auditing.rules import SEVERITIES, processes
from sootprint.sources.auditing.rules import rules as audit_rules

Check = Callable[[Book], Iterator[dict[str, Any]]]

CHECKS: tuple[Check, ...] = (
    identities.load_factor,
    identities.working_hours,
    identities.flow,
    identities.concentration,
    identities.sums,
    identities.particles,
    identities.nitrogen_split,
    plausibility.gas_cleaning,
    plausibility.settling,
    plausibility.exit_velocity,
    plausibility.exit_temperature,
    plausibility.mouth,
    plausibility.missing_pollutants,
    copies.exit_conditions,
    copies.rates,
    copies.substances,
    balances.fuel_quality,
    balances.fuel_sulphur,
    balances.fuel_ash,
    balances.fuel_nitrogen,
    balances.fuel_monoxide,
    balances.smelter_sulphur,
    places.same_place,
    places.far_from_plant,
    places.swapped,
    places.outside_boundary,
    places.minutes_as_decimals,
    monitoring.annual_mass,
    monitoring.maximum_rate,
    monitoring.undeclared,
    monitoring.capture,
    gaps.coincidences,
)
"""Every check of the audit, in the order in which they run."""


def audit(
    tables: Mapping[str, pd.DataFrame],
    *,
    totals: pd.DataFrame | None = None,
    fuel: pd.DataFrame | None = None,
    balance: pd.DataFrame | None = None,
    stack_readings: pd.DataFrame | None = None,
    stack_days: pd.DataFrame | None = None,
    ambient: pd.DataFrame | None = None,
    options: AuditOptions | Mapping[str, Any] | None = None,
    checks: tuple[Check, ...] = CHECKS,
    told: Callable[[str], None] = lambda name: None,
) -> pd.DataFrame:
    """Findings of the audit of a declared inventory.

    Nothing is corrected and nobody is accused: a finding says which rule the numbers do not keep, what the
    rule expects, and which document would resolve it.

    Parameters
    ----------
    tables : dict of str to DataFrame
        What `read_sources` gives: ``sources`` and ``emissions``; ``facilities``, ``declared_cells`` and
        ``declared_totals`` where they are. Without ``declared_cells`` a number is known to half of the last
        digit of its shortest decimal form.
    totals : DataFrame, optional
        ``declared_totals``, in place of the inventory's own.
    fuel : DataFrame, optional
        ``fuel_use``.
    balance : DataFrame, optional
        ``material_balance``.
    stack_readings, stack_days : DataFrame, optional
        Stack monitoring; days are used for the series that have no readings.
    ambient : DataFrame, optional
        ``observations``, or ``exceedance_hours``.
    options : AuditOptions or dict, optional
        What a person knows beside the files.
    checks : tuple of functions
        Which checks run, in which order.
    told : function
        Called with the name of each check before it runs.

    Returns
    -------
    DataFrame
        Table ``audit_findings``: by severity, then in the order of the rules, plant and row.

    Raises
    ------
    ConfigError
        If an option cannot be right.
    """
    book = open_book(
        tables,
        audit_options(options),
        totals=totals,
        fuel=fuel,
        balance=balance,
        stack_readings=stack_readings,
        stack_days=stack_days,
        ambient=ambient,
    )
    found: list[dict[str, Any]] = []
    for check in checks:
        told(check.__name__.replace("_", " "))
        found += check(book)
    return _in_order(schema.check(pd.DataFrame(found), "audit_findings"))


def audit_options(given: AuditOptions | Mapping[str, Any] | None) -> AuditOptions:
    """Options of a dict.

    Raises
    ------
    ConfigError
        If an option or a process is not known.
    """
    if isinstance(given, AuditOptions):
        made = given
    else:
        known = [item.name for item in fields(AuditOptions)]
        unknown = sorted(set(given or {}) - set(known))
        if unknown:
            raise ConfigError(
                f"{', '.join(unknown)}: no such option of the audit", cure=f"one of: {', '.join(known)}"
            )
        made = AuditOptions(**(given or {}))
    wrong = sorted(set(made.processes.values()) - set(processes()))
    if wrong:
        raise ConfigError(f"{', '.join(wrong)}: no such process", cure=f"one of: {', '.join(processes())}")
    return made


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    severity = table["severity"].map({name: rank for rank, name in enumerate(SEVERITIES)})
    code = table["code"].map({name: rank for rank, name in enumerate(audit_rules())})
    keys = pd.DataFrame({"severity": severity, "code": code, "facility": table["facility_id"].fillna("")})
    order = keys.assign(file=table["file"].fillna(""), row=table["row"].fillna(0).astype(int))
    return table.loc[order.sort_values(list(order.columns), kind="stable").index].reset_index(drop=True)
