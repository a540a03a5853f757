"""Scorecard against the known truth of a synthetic city."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Paragraph
from sootprint.report.chapters.law_inventory import cut_text
from sootprint.report.view import View, count_cell, interval_cell, make_table, number_cell, share_cell

MATERIAL = 0.02
"""Share of the observed mean from which a contribution is material [1]."""


def chapter(view: View) -> Chapter:
    """Chapter of the scorecard; only a synthetic city has one."""
    _ = view.gettext
    title = _("Scorecard: the answer against the known truth")
    table = view.table("scorecard")
    if table.empty:
        return Chapter("scorecard", title, ())
    rows = []
    for row in table.sort_values(
        ["wrongly_declared", "pollutant", "source_id"], ascending=[False, True, True]
    ).itertuples(index=False):
        rows.append(
            [
                Cell(view.source_name(row.source_id)),
                Cell(view.text(row.pollutant)),
                number_cell(view, row.true_g_s),
                number_cell(view, row.declared_g_s),
                interval_cell(view, row.inferred_g_s, row.inferred_q05_g_s, row.inferred_q95_g_s),
                Cell(_("yes") if row.holds else _("no"), float(row.holds), "within" if row.holds else "over"),
                Cell(_("yes") if row.wrongly_declared else _("no"), float(row.wrongly_declared)),
                count_cell(view, row.rank),
            ]
        )
    held = int(table["holds"].sum())
    blocks: list[Block] = [
        Paragraph(
            _(
                "The truth of this city is known because it was made by a program, with other dispersion "
                "than the "
                "method assumes. Of %(all)s 90 %% intervals, %(held)s hold the truth."
            )
            % {"all": view.count(len(table)), "held": view.count(held)}
        ),
        make_table(
            _("Scorecard; g s⁻¹, mean of the period, 90 % intervals"),
            [
                Column(_("Source"), width=2.4),
                Column(_("Pollutant"), width=0.8),
                Column(_("true"), "right", 0.8),
                Column(_("declared"), "right", 0.8),
                Column(_("inferred"), "right", 1.5),
                Column(_("interval holds the truth"), width=1.0),
                Column(_("declared wrong on purpose"), width=1.1),
                Column(_("rank of inspection"), "right", 0.9),
            ],
            rows,
            paper_rows=24,
        ),
        *view.figure(
            "scorecard",
            _("True, declared and inferred rate of each source."),
            _("Chart with a row for each source: true rate, declared rate and the inferred interval"),
        ),
    ]
    if len(view.table("scorecard_episodes")):
        blocks += _contributions(view)
    if len(view.table("scorecard_calm")):
        blocks += _calm(view)
    if len(view.table("scorecard_cuts")):
        blocks += _cuts(view)
    return Chapter("scorecard", title, blocks)


def _contributions(view: View) -> list[Block]:
    """How many intervals of contributions hold the truth, in all and where a contribution matters."""
    _ = view.gettext
    table = view.table("scorecard_episodes")
    observed = view.table("attribution_episodes")
    observed = observed[observed["component"] == "observed"]
    keys = ["episode_id", "pollutant", "station_id"]
    seen = observed.drop_duplicates(keys)[[*keys, "contribution_ugm3"]]
    joined = table.merge(seen, on=keys, how="left")
    level = joined[["true_ugm3", "inferred_ugm3"]].abs().max(axis=1)
    material = (level >= MATERIAL * joined["contribution_ugm3"]).fillna(False)
    scopes = {
        _("whole period, mean over posts"): (joined["episode_id"] == "all") & (joined["station_id"] == "all"),
        _("single episodes, mean over posts"): (joined["episode_id"] != "all")
        & (joined["station_id"] == "all"),
        _("single episodes, single posts"): (joined["episode_id"] != "all") & (joined["station_id"] != "all"),
        _("all"): joined["holds"].notna(),
    }
    rows = []
    for name, kept in scopes.items():
        part, weighty = joined[kept], joined[kept & material]
        if len(part):
            rows.append(
                [
                    Cell(name, tone="strong" if name == _("all") else ""),
                    count_cell(view, len(part)),
                    share_cell(view, part["holds"].astype(float).mean()),
                    count_cell(view, len(weighty)),
                    share_cell(view, weighty["holds"].astype(float).mean() if len(weighty) else None),
                ]
            )
    return [
        Heading(_("Contributions against the truth")),
        make_table(
            _("90 % intervals of modelled contributions that hold the true contribution"),
            [
                Column(_("contributions"), width=2.6),
                Column(_("intervals"), "right"),
                Column(_("of them hold"), "right"),
                Column(_("material intervals"), "right"),
                Column(_("of them hold"), "right"),
            ],
            rows,
            note=_(
                "Material is a contribution whose truth or estimate is at least %(share)s of the observed "
                "mean. Intervals that are true to their name hold in 90 %% of cases; where fewer hold, the "
                "method is surer than it may be. Truth and estimate are over the same served hours."
            )
            % {"share": view.whole_percent(MATERIAL)},
        ),
    ]


def _calm(view: View) -> list[Block]:
    """What the attribution makes of the calm days, and what it would have made of them by the plume alone."""
    _ = view.gettext
    made: list[Block] = [
        Heading(_("The calm days against the truth")),
        _calm_table(view, "scorecard_calm", _("Calm days; µg m⁻³, mean over posts, 90 % intervals")),
    ]
    if len(view.table("scorecard_calm_plume")):
        caption = _("The same by the plume alone; µg m⁻³, mean over posts, 90 % intervals")
        made.append(_calm_table(view, "scorecard_calm_plume", caption))
    return made


def _calm_table(view: View, name: str, caption: str) -> Block:
    """Calm days by class of source."""
    _ = view.gettext
    table = view.table(name).rename(columns={"class": "kind"})
    names = {"stack": _("stacks"), "low": _("stoves and roads"), "all": _("all sources")}
    rows = []
    for row in table[table["component"] != "source"].itertuples(index=False):
        whole = row.component == "all"
        rows.append(
            [
                Cell(view.text(row.pollutant)),
                Cell(names["all" if whole else row.kind], tone="strong" if whole else ""),
                number_cell(view, row.true_ugm3),
                interval_cell(view, row.modelled_ugm3, row.modelled_q05_ugm3, row.modelled_q95_ugm3),
                share_cell(view, row.true_share),
                share_cell(view, row.modelled_share),
                share_cell(view, row.share_served),
                share_cell(view, row.share_dropped),
                number_cell(view, row.rank_correlation),
            ]
        )
    return make_table(
        caption,
        [
            Column(_("Pollutant"), width=0.8),
            Column(_("sources"), width=1.4),
            Column(_("true"), "right", 0.8),
            Column(_("modelled, served hours"), "right", 1.5),
            Column(_("true share"), "right", 0.8),
            Column(_("modelled share"), "right", 0.9),
            Column(_("post-hours served"), "right", 0.9),
            Column(_("truth in hours not served"), "right", 1.1),
            Column(_("rank correlation"), "right", 0.9),
        ],
        rows,
        note=_(
            "%(hours)s calm hours, whose truth was made by a random walk in a basin. The truth is over "
            "all of them, the modelled contribution over those that the engine served; what lies in the "
            "others is in no interval."
        )
        % {"hours": view.count(int(table["hours"].max()))},
    )


def _cuts(view: View) -> list[Block]:
    """The check of the promised cut against the cut that was made."""
    _ = view.gettext
    rows = [
        [
            Cell(view.text(row.cut_id)),
            Cell(view.word(row.method)),
            share_cell(view, row.promised_cut),
            share_cell(view, row.true_cut),
            Cell(cut_text(view, row)),
            Cell(_("yes") if row.holds else _("no"), float(row.holds), "within" if row.holds else "over"),
            Cell(view.word(row.verdict)),
        ]
        for row in view.table("scorecard_cuts").itertuples(index=False)
    ]
    return [
        Heading(_("The promised cut against the truth")),
        make_table(
            _("What was promised, made and found"),
            [
                Column(_("promise"), width=0.8),
                Column(_("data"), width=1.6),
                Column(_("promised"), "right", 0.8),
                Column(_("made"), "right", 0.8),
                Column(_("found (interval)"), "right", 1.5),
                Column(_("interval holds the truth"), width=1.0),
                Column(_("outcome"), width=2.0),
            ],
            rows,
        ),
    ]
