"""Do the modelled results hold: against the readings, without a post or an episode, with another prior."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Items, Note, Paragraph
from sootprint.report.languages import Translate
from sootprint.report.view import View, count_cell, interval_cell, make_table, number_cell, share_cell
from sootprint.report.words import compass_points

NAMED = 6
"""Subjects that a row names at most."""


def chapter(view: View) -> Chapter:
    """Chapter of the checks of the attribution."""
    _ = view.gettext
    title = _("Do the modelled results hold?")
    checks = view.table("attribution_checks")
    if checks.empty:
        return Chapter("diagnostics", title, ())
    judged = checks[checks["passed"].notna()]
    failed = judged[~judged["passed"].astype(bool)]
    lead = _(
        "The attribution was checked against its own readings, without single posts and episodes, and with "
        "other prior assumptions. Of %(judged)s comparisons that can be judged %(failed)s fail."
    ) % {"judged": view.count(len(judged)), "failed": view.count(len(failed))}
    blocks: list[Block] = [Paragraph(lead, lead=True)]
    blocks += _warnings(view, failed)
    blocks.append(_families(view, checks))
    blocks += _flips(view)
    blocks += _posts(view, checks)
    blocks.append(Items(_limits(view)))
    return Chapter("diagnostics", title, blocks)


def check_names(_: Translate) -> dict[str, str]:
    """Translated names of the checks, in the order of reading."""
    return {
        "chains agree": _("Chains agree (split R̂ up to 1.01)"),
        "effective draws": _("Effective draws (at least 400)"),
        "predicted readings": _("90 % intervals hold the readings: by post, wind and hour"),
        "mean of readings": _("Mean of replicated readings is like the observed one"),
        "95th percentile of readings": _("95th percentile of replicated readings is like the observed one"),
        "persistence of readings": _("Persistence of replicated readings is like the observed one"),
        "post left out: readings": _("The other posts predict the readings of a post"),
        "post left out: mean": _("The other posts predict the mean of a post"),
        "episode left out: mean": _("The other hours predict the mean of an episode"),
        "post left out: rates": _("Rates stay within their intervals without any one post"),
        "episode left out: rates": _("Rates stay within their intervals without any one episode"),
        "prior wider: rates": _("Decided rates stay with twice the prior spread"),
        "prior narrower: rates": _("Decided rates stay with half the prior spread"),
        "verdict stays": _("Decided outcomes are not contradicted by any of these changes"),
    }


def change_text(view: View, check: Any, subject: Any) -> str:
    """What was changed, in words."""
    _ = view.gettext
    if check == "post left out":
        return _("without post %(post)s") % {"post": view.post(subject)}
    if check == "episode left out":
        return _("without episode %(episode)s") % {"episode": view.text(subject)}
    words = {
        "prior wider": _("with twice the prior spread"),
        "prior narrower": _("with half the prior spread"),
        "declared-blind": _("without the declared rate"),
    }
    return words[str(check)]


def subject_text(view: View, row: Any) -> str:
    """Subject of a comparison with its pollutant."""
    _ = view.gettext
    kind, subject = str(row.subject_kind), view.text(row.subject)
    if kind == "run":
        return view.text(row.pollutant)
    if kind == "station":
        subject = view.post(subject)
    elif kind == "source":
        subject = view.source_name(subject)
    elif kind == "wind sector":
        subject = _("wind from %(sector)s") % {"sector": compass_points(_).get(subject, subject)}
    elif kind == "wind speed":
        subject = _("wind of %(speed)s m/s") % {"speed": subject}
    elif kind == "hour":
        subject = _("hours %(hours)s") % {"hours": subject}
    return f"{subject} ({view.text(row.pollutant)})"


def _warnings(view: View, failed: pd.DataFrame) -> list[Block]:
    _ = view.gettext
    if failed.empty:
        return []
    return [
        Note(
            _(
                "Intervals and outcomes that rest on what failed are less sure than they state. The table "
                "names each failed check."
            )
        )
    ]


def _families(view: View, checks: pd.DataFrame) -> Block:
    """One row a check: how many comparisons, how many fail, and which."""
    _ = view.gettext
    rows = []
    for check, label in check_names(_).items():
        own = checks[checks["check"] == check]
        judged = own[own["passed"].notna()]
        if own.empty:
            continue
        lost = judged[~judged["passed"].astype(bool)]
        names = [subject_text(view, row) for row in lost.head(NAMED).itertuples(index=False)]
        shown = "; ".join(names) + (" …" if len(lost) > NAMED else "")
        outcome = _("failed") if len(lost) else (_("passed") if len(judged) else _("not judged"))
        rows.append(
            [
                Cell(label),
                count_cell(view, len(judged)),
                count_cell(view, len(lost)),
                Cell(outcome, outcome, "over" if len(lost) else ("within" if len(judged) else "unknown")),
                Cell(shown or "–"),
            ]
        )
    return make_table(
        _("Checks of the attribution"),
        [
            Column(_("Check"), width=2.6),
            Column(_("comparisons judged"), "right", 0.8),
            Column(_("of them failed"), "right", 0.7),
            Column(_("result of the check"), width=0.8),
            Column(_("where it fails"), width=2.6),
        ],
        rows,
        note=_(
            "Each family of comparisons with the readings of a pollutant fails by chance alone in 5 % of "
            "cases at most. Too few data are not judged."
        ),
        paper_rows=len(rows),
    )


def _flips(view: View) -> list[Block]:
    """Outcomes that are contradicted under a change."""
    _ = view.gettext
    table = view.table("attribution_sensitivity")
    lost = table[table["flips"].fillna(False).astype(bool)]
    if table.empty:
        return []
    if lost.empty:
        return [Paragraph(_("No decided outcome for a declared rate becomes another one in these checks."))]
    rows = []
    order = ["source_id", "pollutant", "check", "subject"]
    for row in lost.sort_values(order, kind="stable").itertuples(index=False):
        rows.append(
            [
                Cell(view.source_name(row.source_id)),
                Cell(view.text(row.pollutant)),
                Cell(view.word(row.verdict), row.verdict),
                number_cell(view, row.rate_g_s),
                Cell(change_text(view, row.check, row.subject)),
                Cell(view.word(row.changed_verdict), row.changed_verdict, "over"),
                interval_cell(view, row.changed_g_s, row.changed_q05_g_s, row.changed_q95_g_s),
            ]
        )
    return [
        make_table(
            _("Outcomes that become another one; rates in g s⁻¹"),
            [
                Column(_("Source"), width=2),
                Column(_("Pollutant"), width=0.8),
                Column(_("outcome"), width=1.3),
                Column(_("inferred"), "right", 0.8),
                Column(_("change"), width=1.6),
                Column(_("outcome then"), width=1.3),
                Column(_("inferred then"), "right", 1.4),
            ],
            rows,
            note=_(
                "Such an outcome rests on the post, the episode or the assumption that is named, and "
                "supports no decision alone."
            ),
            paper_rows=20,
        )
    ]


def _posts(view: View, checks: pd.DataFrame) -> list[Block]:
    """What the others predict of each post and episode that was left out."""
    _ = view.gettext
    means = checks[checks["check"].isin(["post left out: mean", "episode left out: mean"])]
    if means.empty:
        return []
    shares = checks[checks["check"].isin(["post left out: readings", "episode left out: posts"])]
    held = {(row.subject, row.pollutant): row.value for row in shares.itertuples(index=False)}
    rows = []
    for row in means.itertuples(index=False):
        passed = "–" if pd.isna(row.passed) else (_("yes") if row.passed else _("no"))
        tone = "over" if passed == _("no") else ""
        rows.append(
            [
                Cell(view.post(row.subject) if row.subject_kind == "station" else view.text(row.subject)),
                Cell(view.text(row.pollutant)),
                number_cell(view, row.value),
                Cell(f"{view.number(row.low)}–{view.number(row.high)}"),
                Cell(passed, passed, tone),  # type: ignore[arg-type]
                share_cell(view, held.get((row.subject, row.pollutant))),
            ]
        )
    return [
        make_table(
            _("Posts and episodes predicted without their readings"),
            [
                Column(_("Post or episode"), width=1.4),
                Column(_("Pollutant"), width=0.8),
                Column(_("observed / predicted mean"), "right", 1.1),
                Column(_("allowed range"), "right", 1.1),
                Column(_("within it"), width=0.7),
                Column(_("readings or posts within their 90 % interval"), "right", 1.3),
            ],
            rows,
            paper_rows=24,
        )
    ]


def _limits(view: View) -> list[str]:
    _ = view.gettext
    return [
        _(
            "A passed check is no proof: an error that all posts share, such as a wrong dispersion of one "
            "source, can pass all of them."
        ),
        _(
            "Readings are compared in the hours that rates were inferred from; the light winds of most "
            "episodes are checked by the episodes that were left out."
        ),
    ]
