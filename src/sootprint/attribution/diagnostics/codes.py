"""Findings of the checks: code of each, with its severity, rule and cure."""

from __future__ import annotations

import pandas as pd

from sootprint.core.findings import Finding, Severity, findings_table

CODES: dict[str, tuple[Severity, str, str]] = {
    "ATT-CHAINS": (
        "warning",
        "chains agree: split R-hat of each rate is at most 1.01 and its effective sample size at least 400",
        "raise sweeps and draws in [attribution.options]",
    ),
    "ATT-PREDICTED": (
        "warning",
        "90 % predictive intervals hold about nine in ten of the readings that the rates were inferred from",
        "look for a source that is missing, a wrong time profile or a faulty instrument in this subset",
    ),
    "ATT-STATISTIC": (
        "warning",
        "mean, 95th percentile and persistence of a post's readings are like those of replicated readings",
        "look for a missing source or a wrong time profile at the post",
    ),
    "ATT-POST-LEFT-OUT": (
        "warning",
        "readings of a post are predicted by the other posts within the stated intervals",
        "check the post's place, inlet and calibration; what lies between posts is known less than stated",
    ),
    "ATT-EPISODE-LEFT-OUT": (
        "warning",
        "the mean of an episode is predicted from the other hours within the stated interval",
        "look for an emission of the episode alone; contributions to it are less sure than stated",
    ),
    "ATT-RATE-MOVES": (
        "warning",
        "an inferred rate stays within its 90 % interval when one post or one episode is left out",
        "the rate rests on this post or episode: see the table attribution_sensitivity",
    ),
    "ATT-PRIOR": (
        "warning",
        "a decided rate stays within its 90 % interval when the spread of the prior is doubled or halved",
        "the readings do not decide alone: more posts downwind of the source would",
    ),
    "ATT-VERDICT": (
        "warning",
        "a decided outcome is not contradicted without any one post or episode, or under another prior",
        "do not rest a decision on this outcome alone: see the table attribution_sensitivity",
    ),
}

CODE_OF = {
    "chains agree": "ATT-CHAINS",
    "effective draws": "ATT-CHAINS",
    "predicted readings": "ATT-PREDICTED",
    "mean of readings": "ATT-STATISTIC",
    "95th percentile of readings": "ATT-STATISTIC",
    "persistence of readings": "ATT-STATISTIC",
    "post left out: readings": "ATT-POST-LEFT-OUT",
    "post left out: mean": "ATT-POST-LEFT-OUT",
    "episode left out: mean": "ATT-EPISODE-LEFT-OUT",
    "post left out: rates": "ATT-RATE-MOVES",
    "episode left out: rates": "ATT-RATE-MOVES",
    "prior wider: rates": "ATT-PRIOR",
    "prior narrower: rates": "ATT-PRIOR",
    "verdict stays": "ATT-VERDICT",
}
"""Code of the finding of each check that can fail."""

NAMED = 8
"""Subjects that a finding names at most."""


def check_findings(checks: pd.DataFrame) -> pd.DataFrame:
    """Table ``findings`` with a row a check and pollutant that failed, naming its failed subjects.

    Each outcome that changes has a row of its own.
    """
    made = []
    failed = checks[checks["passed"].eq(False).fillna(False).astype(bool) & checks["check"].isin(CODE_OF)]
    for (check, pollutant), part in failed.groupby(["check", "pollutant"], sort=False, dropna=False):
        code = CODE_OF[str(check)]
        severity, rule, cure = CODES[code]
        if code == "ATT-VERDICT":
            made += [
                Finding(
                    code, severity, f"source {item.subject} {pollutant}", rule, cure, value=str(item.words)
                )
                for item in part.itertuples()
            ]
            continue
        judged = checks[(checks["check"] == check) & (checks["pollutant"] == pollutant)]
        total = int(judged["passed"].notna().sum())
        names = [str(name) for name in part["subject"]]
        shown = ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
        value = f"{check}: {len(part)} of {total} fail: {shown}"
        made.append(Finding(code, severity, f"attribution {pollutant}", rule, cure, value=value))
    return findings_table(made)
