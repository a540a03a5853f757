"""Factors of many pollutants: what came together, how sure, and which plant that is consistent with."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Items, Note, Paragraph, Table
from sootprint.report.view import View, count_cell, interval_cell, make_table, number_cell, share_cell

MAKES = 0.3
"""Share of a pollutant from which a factor is said to make it [1]."""

PLANTS_SHOWN = 3
"""Sources that are listed for each factor: those whose plume goes with it best."""


def chapter(view: View) -> Chapter:
    """Chapter of the factors; empty where no post measured pollutants enough."""
    _ = view.gettext
    title = _("What came together")
    solutions = view.table("factor_solution")
    if solutions.empty:
        return Chapter("factors", title, ())
    blocks: list[Block] = [
        Paragraph(
            _(
                "Pollutants measured together at one post are split into a few factors, each with a profile "
                "and a course in time. A factor is a statistical pattern and not a plant. Where its course "
                "follows the modelled plume of a source it is consistent with that source; another source "
                "in the same direction would look the same."
            )
        ),
        _quality(view, solutions),
    ]
    for station in solutions["station_id"]:
        blocks += _post(view, str(station))
    blocks.append(
        Note(
            _(
                "The tests of CEN/TS 17458 compare with a reference: made data of known truth, or an "
                "intercomparison. A case has none, so that they say nothing of these factors."
            )
        )
    )
    return Chapter("factors", title, blocks)


def _quality(view: View, solutions: pd.DataFrame) -> Table:
    _ = view.gettext
    rows = [
        [
            Cell(view.post(row.station_id)),
            count_cell(view, row.factors),
            count_cell(view, row.species),
            count_cell(view, row.samples),
            count_cell(view, row.q_robust),
            number_cell(view, row.q_true / row.q_expected if row.q_expected > 0 else None),
            share_cell(view, row.q_spread),
            share_cell(view, row.share_matched),
            Cell(f"{view.count(row.converged)} / {view.count(row.starts)}", float(row.converged)),
        ]
        for row in solutions.itertuples(index=False)
    ]
    return make_table(
        _("How well the factors fit, and whether other starts find them again"),
        [
            Column(_("Post")),
            Column(_("factors"), "right"),
            Column(_("pollutants"), "right"),
            Column(_("samples"), "right"),
            Column(_("Q (robust)"), "right"),
            Column(_("Q over its expectation"), "right", 1.2),
            Column(_("spread of Q over the starts"), "right", 1.3),
            Column(_("factors found again"), "right", 1.2),
            Column(_("starts that converged"), "right", 1.2),
        ],
        rows,
        note=_(
            "Q is the sum of squared residuals over their uncertainties. Where few factors are found again, "
            "or Q is far from its expectation, the factors are one description of many."
        ),
    )


def _post(view: View, station: str) -> list[Block]:
    _ = view.gettext
    blocks: list[Block] = [Heading(view.station(station)), *_numbers(view, station)]
    blocks += view.figure(
        f"factor_profiles:{station}",
        _("What each factor is made of, with 90 %% intervals by bootstrap: %(what)s.")
        % {"what": view.station(station)},
        _("A panel of bars for each factor: the part of each pollutant that it makes"),
    )
    blocks.append(_made_of(view, station))
    remark = view.results.factor_remarks.get(station)
    plants = view.table("factor_plants")
    own = plants[plants["station_id"] == station]
    if len(own):
        blocks += _plants(view, own)
    elif remark:
        blocks.append(
            Paragraph(
                _("Nothing is said of plants: no plume at this post could be compared with the factors.")
            )
        )
    return blocks


def _numbers(view: View, station: str) -> list[Block]:
    _ = view.gettext
    table = view.table("factor_numbers")
    own = table[table["station_id"] == station]
    if len(own) < 2:
        return []
    rows = [
        [
            Cell(view.count(row.factors), float(row.factors), "strong" if row.chosen else ""),
            number_cell(view, row.q_ratio),
            number_cell(view, row.fall_ratio),
            number_cell(view, row.im),
            number_cell(view, row.is_),
            share_cell(view, row.share_matched),
            share_cell(view, row.least_own_share),
            Cell(_("chosen") if row.chosen else ""),
        ]
        for row in own.itertuples(index=False)
    ]
    return [
        make_table(
            _("Numbers of factors that were compared"),
            [
                Column(_("factors"), "right"),
                Column(_("Q over its expectation"), "right", 1.2),
                Column(_("its fall"), "right"),
                Column("IM", "right"),
                Column("IS", "right"),
                Column(_("factors found again"), "right", 1.2),
                Column(_("least leading share"), "right", 1.2),
                Column(""),
            ],
            rows,
            note=_(
                "A further factor was taken while Q fell by a tenth, four in five factors were found again "
                "and each led some pollutant. The criteria often disagree; another number may be stated in "
                "case.toml."
            ),
        )
    ]


def _made_of(view: View, station: str) -> Table:
    _ = view.gettext
    table = view.table("factor_profiles")
    own = table[(table["station_id"] == station) & (table["share"] >= MAKES)]
    own = own.sort_values(["factor", "share", "species"], ascending=[True, False, True])
    rows = [
        [
            Cell(view.count(row.factor), float(row.factor)),
            Cell(view.pollutant(row.species)),
            share_cell(view, row.share),
            interval_cell(view, row.profile, row.bootstrap_q05, row.bootstrap_q95),
            Cell(_displaced(view, row)),
            share_cell(view, row.found_again),
        ]
        for row in own.itertuples(index=False)
    ]
    return make_table(
        _("Pollutants of which a factor makes at least %(share)s") % {"share": view.whole_percent(MAKES)},
        [
            Column(_("Factor"), width=0.6),
            Column(_("Pollutant"), width=2.2),
            Column(_("part of it"), "right", 0.8),
            Column(_("mean, µg m⁻³ (90 % interval by bootstrap)"), "right", 1.8),
            Column(_("range by displacement, µg m⁻³"), "right", 1.5),
            Column(_("found again by bootstrap"), "right", 1.1),
        ],
        rows,
        note=_("A range by displacement is made for the pollutants that case.toml names; it takes minutes."),
        paper_rows=30,
    )


def _displaced(view: View, row: Any) -> str:
    _ = view.gettext
    if pd.isna(row.displaced_low):
        return _("not displaced")
    high = view.number(row.displaced_high) if pd.notna(row.displaced_high) else "∞"
    return f"{view.number(row.displaced_low)}–{high}"


def _plants(view: View, own: pd.DataFrame) -> list[Block]:
    _ = view.gettext
    best = own.sort_values(["factor", "rank_correlation"], ascending=[True, False])
    best = best.groupby("factor", sort=True).head(PLANTS_SHOWN)
    rows = [
        [
            Cell(view.count(row.factor), float(row.factor)),
            Cell("; ".join(view.source_name(name) for name in str(row.members).split(","))),
            interval_cell(view, row.rank_correlation, row.rank_q05, row.rank_q95),
            share_cell(view, row.share, row.share_q05, row.share_q95),
            number_cell(view, row.p_value),
            interval_cell(view, row.profile_similarity, row.profile_q05, row.profile_q95),
            Cell(view.word(row.support), row.support, "strong" if row.support != "not decidable" else ""),
        ]
        for row in best.itertuples(index=False)
    ]
    supported = own[own["support"] == "consistent with"]
    said = [
        _("Factor %(factor)s is consistent with %(sources)s.")
        % {
            "factor": view.count(row.factor),
            "sources": "; ".join(view.source_name(name) for name in str(row.members).split(",")),
        }
        for row in supported.itertuples(index=False)
    ]
    return [
        Items(said)
        if said
        else Paragraph(_("No factor at this post is consistent with one plant or group.")),
        make_table(
            _("Sources whose modelled plume goes with a factor best"),
            [
                Column(_("Factor"), width=0.6),
                Column(_("Source or group"), width=2.6),
                Column(_("rank correlation (90 % interval)"), "right", 1.4),
                Column(_("part of the factor (90 % interval)"), "right", 1.4),
                Column(_("chance of as much by luck"), "right", 0.9),
                Column(_("likeness of the profile"), "right", 1.2),
                Column(_("support"), width=1.1),
            ],
            rows,
            note=_(
                "Daily and yearly cycles are taken out first. Support needs a correlation that luck seldom "
                "gives, an interval above zero, and a fifth of the factor at least. Ranges of the profiles "
                "of kinds of sources are general knowledge and unverified."
            ),
            paper_rows=25,
        ),
    ]
