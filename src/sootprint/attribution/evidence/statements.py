"""Statements: a sentence a finding, with its numbers, its rival, what would overturn it, and its origin."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sootprint.attribution.evidence.episodes import AS_DECLARED, FREELY, NOT_AT_ALL
from sootprint.core import schema

Row = dict[str, Any]

DIGITS = 6
"""Significant digits of the numbers that a statement's hash is made over."""


@dataclass(frozen=True)
class Provenance:
    """What made the statements.

    Attributes
    ----------
    inputs_sha256, code_sha256 : str
        Hashes of the inputs and of the code, as the ledger holds them.
    engine : str
        Dispersion engine and its formulas.
    version : str
        Version of the software.
    """

    inputs_sha256: str
    code_sha256: str
    engine: str
    version: str


def statement_id(row: Row) -> str:
    """SHA-256 over the content of a statement, its inputs and its code, in hex.

    Numbers enter with `DIGITS` significant digits, missing values not at all, so that a statement read
    back from a file has the same identifier.
    """
    content = {
        key: _plain(value)
        for key, value in row.items()
        if key != "statement_id" and not (value is None or pd.isna(value))
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return f"{float(value):.{DIGITS}g}"
    return str(value)


def statements_table(
    rates: pd.DataFrame,
    episodes: pd.DataFrame,
    norms: pd.DataFrame,
    telling: dict[Any, Row],
    origin: Provenance,
    *,
    deciding: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Table ``evidence_statements`` of the tables of the evidence.

    Parameters
    ----------
    rates, episodes, norms : DataFrame
        Tables ``evidence_rates``, ``evidence_episodes`` and ``evidence_norms``.
    telling : dict
        By pollutant, kind and name of a subject: post, direction and level of `overturning.telling_post`.
    origin : Provenance
        What made them.
    deciding : DataFrame, optional
        Table ``deciding_observations``: its first row names what would decide a source.
    """
    made: list[Row] = []
    best = _best_observations(deciding)
    for row in rates.to_dict("records"):
        made += [
            verdict_statement(row, best.get((row["pollutant"], row["subject_id"]))),
            *bayes_statements(row),
            permit_statement(row),
        ]
    for row in episodes.to_dict("records"):
        own = telling.get((row["pollutant"], row["subject_kind"], row["subject_id"]), {})
        made.append(share_statement(row, own))
        made += bayes_statements(row)
    whole = norms[norms["station_id"] == "all"] if len(norms) else norms
    made += [norm_statement(row) for row in whole.to_dict("records")]
    rows = [item | origin.__dict__ for item in made]
    table = schema.coerce(pd.DataFrame([{"statement_id": "", **row} for row in rows]), "evidence_statements")
    table["statement_id"] = [statement_id(dict(row)) for row in table.to_dict("records")]
    return schema.check(table, "evidence_statements")


def _head(row: Row, question: str, kind: str) -> Row:
    own = row["subject_id"]
    return {
        "question": question,
        "kind": kind,
        "subject_kind": row["subject_kind"],
        "subject_id": own,
        "source_id": own if row["subject_kind"] == "source" else None,
        "group_id": own if row["subject_kind"] == "group" else row["group_id"],
        "pollutant": row["pollutant"],
    }


def _name(row: Row) -> str:
    word = {"source": "source", "facility": "plant", "group": "group"}[row["subject_kind"]]
    return f"{word} {row['subject_id']}, {row['pollutant']}"


def _number(value: float) -> str:
    return f"{value:.2g}" if 1e-3 <= abs(value) < 100 or value == 0 else f"{value:.3g}"


def _tied(row: Row) -> str:
    return (
        f"{_name(row)}: of it alone nothing is decided; the readings cannot tell it apart from other sources "
        f"of {row['group_id']}, and the statement on that group stands for it."
    )


def _best_observations(deciding: pd.DataFrame | None) -> dict[Any, str]:
    """Sentence of the observation that would tell most of each source that is not decidable."""
    if deciding is None:
        return {}
    from sootprint.attribution.identifiability import sentence

    first = deciding[(deciding["rank"] == 1) & (deciding["target_kind"] == "source")]
    return {(row["pollutant"], row["target"]): sentence(row) for _index, row in first.iterrows()}


def verdict_statement(row: Row, decided_by: str | None = None) -> Row:
    """Consistency of the declared rate; the permit and the contribution are other questions.

    ``decided_by`` is the sentence of an observation that would decide it where these data do not.
    """
    made = _head(row, "consistency", "verdict") | {
        "month": row["month"],
        "outcome": row["verdict"],
        "unit": "inferred / declared",
        "alternative": row["alternative"],
        "overturned_by": _stack_test(row),
    }
    if row["verdict"] == "not decidable" and decided_by:
        made["overturned_by"] = "; ".join(filter(None, (decided_by, made["overturned_by"])))
    if pd.notna(row["group_id"]):
        return made | {"words": _tied(row)}
    made |= {"value": row["ratio"], "low": row["ratio_q05"], "high": row["ratio_q95"]}
    when = "over the whole period" if row["month"] == "all" else f"in {row['month']} ({row['fit']})"
    if pd.isna(row["declared_g_s"]):
        return made | {"words": f"{_name(row)}: no declared rate above zero, so there is nothing to test."}
    ratio = f"{_number(row['ratio'])} ({_number(row['ratio_q05'])}–{_number(row['ratio_q95'])})"
    told = f"inferred over declared rate {ratio}, 90 % interval"
    if row["verdict"] == "above declared":
        text = f"the readings support an emission of at least {_number(row['factor'])} times the declared one"
        made["survives"] = bool(row["ratio_q05_if_alternative"] > 1.0 + row["tolerance"])
    elif row["verdict"] == "below declared":
        text = f"the readings support an emission of at most {_number(row['factor'])} times the declared one"
    elif row["verdict"] == "consistent with declared":
        text = "the readings are consistent with the declared emission, which is no confirmation of it"
    else:
        text = f"not decidable from these data: {row['reason']}"
    return made | {"words": f"{_name(row)}, {when}: {text}; {told}."}


def _stack_test(row: Row) -> str | None:
    """What a measurement in the stack would have to say, in words."""
    if pd.isna(row["overturn_g_s"]) or pd.notna(row["group_id"]):
        return None
    rate = f"{_number(row['overturn_g_s'])} g/s"
    if row["verdict"] == "above declared":
        return f"a measurement of the emission at the load of that period under {rate}"
    if row["verdict"] == "below declared":
        return f"a measurement of the emission at the load of that period over {rate}"
    return (
        f"a measurement of the emission at the load of that period: over {rate} it would support more than "
        "declared"
    )


def bayes_statements(row: Row) -> list[Row]:
    """Both comparisons of the declared proposition, each with the two propositions in full."""
    if pd.notna(row["group_id"]):
        return []
    made = []
    for name, second in (("free", FREELY), ("none", NOT_AT_ALL)):
        number, words = row[f"log10_declared_{name}"], row[f"words_declared_{name}"]
        if pd.isna(words):
            continue
        limit = row.get(f"bound_declared_{name}", "exact")
        value = (
            "no number" if pd.isna(number) else f"{number:.2f}" + ("" if limit == "exact" else f" ({limit})")
        )
        where = row.get("episode_id")
        scope = "over the whole period" if row.get("month") == "all" else f"in {row.get('month')}"
        if where is not None:
            scope = f"in {where}, beyond what the whole period gives"
        made.append(
            _head(row, "consistency", f"declared_or_{name}")
            | {
                "month": row.get("month"),
                "episode_id": where,
                "outcome": words,
                "value": number,
                "unit": "log10 of the Bayes factor",
                "log10_bayes": number,
                "first_proposition": AS_DECLARED,
                "second_proposition": second,
                "words": f"{_name(row)}, {scope}: {words}; log10 of the Bayes factor of “{AS_DECLARED}” "
                f"against “{second}”: {value}.",
            }
        )
    return made


def permit_statement(row: Row) -> Row:
    """Whether the permitted rate was exceeded, apart from contribution and declaration."""
    made = _head(row, "breach", "permit") | {"month": row["month"], "unit": "probability"}
    if pd.notna(row["group_id"]):
        return made | {"outcome": "not decidable", "words": _tied(row)}
    if pd.isna(row["probability_over_permit"]):
        text = "no permitted rate is stated, so whether it was exceeded is not answered"
        return made | {"outcome": "not answered", "words": f"{_name(row)}: {text}."}
    number = float(row["probability_over_permit"])
    text = (
        f"the mean rate alone was over the permitted {_number(row['permitted_g_s'])} g/s with a probability "
        f"of {number:.2f} given the readings and this model; a mean under it would not show that the "
        "permitted rate was never exceeded"
    )
    return made | {"outcome": "probability", "value": number, "words": f"{_name(row)}: {text}."}


def share_statement(row: Row, telling: Row) -> Row:
    """Modelled contribution to an episode, with the strongest alternative."""
    made = _head(row, "contribution", "share") | {
        "episode_id": row["episode_id"],
        "outcome": row["conclusion"],
        "unit": "share of the observed mean",
        "alternative": row["alternative"],
    }
    if pd.notna(row["group_id"]):
        return made | {"words": _tied(row)}
    made |= {"value": row["share"], "low": row["share_q05"], "high": row["share_q95"]} | telling
    if row["conclusion"] == "contributes":
        made["survives"] = row["survives"]
    when = "over the whole period" if row["episode_id"] == "all" else f"in {row['episode_id']}"
    share = f"{_percent(row['share'])} ({_percent(row['share_q05'])} to {_percent(row['share_q95'])})"
    observed = f"{_number(row['observed_ugm3'])} µg/m³"
    text = (
        f"modelled contribution {when} {share} of the observed mean of {observed}, 90 % interval; "
        f"engine served {row['hours_served']} of {row['hours_total']} h of readings"
    )
    if row["conclusion"] == "not decidable":
        text += "; whether it contributed over 2 % is not decided by these data"
    if pd.notna(row["alternative"]) and row["conclusion"] != "hardly contributes":
        text += (
            f"; strongest alternative explanation: {row['alternative']}, which could carry up to "
            f"{_percent(row['alternative_share_q95'])}; the lower end is then "
            f"{_percent(row['share_q05_if_alternative'])}"
        )
    if telling and row["conclusion"] != "hardly contributes":
        made["overturned_by"] = (
            f"a mean over {telling['telling_hours']} h at {telling['telling_post']} with wind of at least "
            f"2 m/s from {telling.get('telling_direction_deg', np.nan):.0f}° that is under "
            f"{_number(telling['telling_level_ugm3'])} µg/m³ above the background"
        )
    return made | {"words": f"{_name(row)}: {text}."}


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %" if abs(share) >= 0.1 or share == 0 else f"{100.0 * share:.1f} %"


def norm_statement(row: Row) -> Row:
    """A norm without the subject."""
    made = _head(row, "but_for", "norm_without") | {
        "episode_id": row["episode_id"] if pd.notna(row["episode_id"]) else "all",
        "norm_id": row["norm_id"],
        "unit": "probability",
    }
    if pd.notna(row["group_id"]):
        return made | {"outcome": "not decidable", "words": _tied(row)}
    number = float(row["probability_held"])
    least = 1.0 / row["draws"]
    told = (
        f"under {least:.2g}"
        if number < least
        else f"over {1 - least:.3g}"
        if number > 1 - least
        else (f"{number:.2f}")
    )
    when = "" if pd.isna(row["episode_id"]) else f" throughout {row['episode_id']}"
    text = (
        f"without its modelled contribution {row['norm_id']} would have held at every post{when} with a "
        f"probability of {told} under this model; as measured {row['exceeded']} intervals were over "
        f"{_number(row['limit_ugm3'])} µg/m³ ({row['allowed']} allowed at a post), without it "
        f"{_number(row['expected_without'])} expected"
    )
    if row["hours_served"] < row["hours_measured"]:
        text += (
            f"; {row['hours_measured'] - row['hours_served']} of {row['hours_measured']} h were not served "
            "and stay as measured"
        )
    return made | {"outcome": "probability", "value": number, "words": f"{_name(row)}: {text}."}
