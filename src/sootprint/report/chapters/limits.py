"""What the method cannot do, and the values it used that nobody has verified."""

from __future__ import annotations

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Items, Paragraph
from sootprint.report.chapters.contributions import episode_hours
from sootprint.report.view import View, make_table, number_cell


def chapter(view: View) -> Chapter:
    """Chapter of the limits."""
    _ = view.gettext
    blocks: list[Block] = [Items([*_general(view), *_of_this_run(view)])]
    if view.results.limits:
        blocks.append(Items([view.text(item) for item in view.results.limits], foreign=view.language != "en"))
    blocks.append(Heading(_("Unverified values that were used")))
    made = [*_norms(view), *_sources(view), *_emissions(view)]
    blocks += made or [Paragraph(_("All norms and source values used are marked as verified."))]
    return Chapter("limits", _("Limits of the method"), blocks)


def _general(view: View) -> list[str]:
    _ = view.gettext
    made = [
        _("A direction of the wind shows a sector, not a plant; terrain and buildings turn the wind."),
        _("A reading speaks for its post. What lies between posts was not measured."),
        _("Data capture below the norm's demand leaves a comparison undecided, whatever the readings show."),
    ]
    if view.results.sources_known:
        particles = str(view.results.engine.get("engine", "")).split(" ")[0] in ("particles", "auto")
        if particles and len(view.table("terrain_wind_hours")):
            made.append(
                _(
                    "Calm hours are modelled by particles in a wind over the terrain that is made from few "
                    "stations and from the ground. It knows no forces: how a cold pool fills and breaks up "
                    "is not in it, and its depth is stated, not found. Turbulence is the same everywhere at "
                    "one height."
                )
            )
        elif particles:
            made.append(
                _(
                    "Calm hours are modelled by particles in air that is the same over the whole area at one "
                    "height. Where the wind dies nobody knows its direction at every place: in such hours "
                    "the modelled contributions are surest over many hours, least in one."
                )
            )
        else:
            made.append(
                _(
                    "The dispersion model is steady within each hour. It does not serve calm hours and does "
                    "not carry "
                    "smoke over from one hour to the next: the worst hours of a basin are those it knows "
                    "least."
                )
            )
        made += [
            _(
                "Only sources in the inventory can be given a contribution. A source that is not "
                "declared goes "
                "to the background or to the unexplained part."
            ),
            _(
                "The intervals hold the errors that the model states; an error that nobody states is not "
                "in them."
            ),
            _("Two sources in line with all posts cannot be told apart, whatever the amount of data."),
        ]
    return made


def _of_this_run(view: View) -> list[str]:
    """Limits with the numbers of this run."""
    _ = view.gettext
    made = []
    hours = view.table("operator_hours")
    if len(hours):
        reasons = hours["reason"].value_counts()
        left = ", ".join(
            f"{view.word(reason)} {view.count(count)}"
            for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
            if reason != "served"
        )
        made.append(
            _("The engine served %(served)s of %(total)s hours; not served: %(left)s.")
            % {
                "served": view.count(reasons.get("served", 0)),
                "total": view.count(len(hours)),
                "left": left or "0",
            }
        )
    own = episode_hours(view)
    if len(own):
        made.append(
            _(
                "Of the hours of the episodes %(share)s were served and had a reading: "
                "nothing is said of the others."
            )
            % {"share": view.percent(own["hours_served"].sum() / own["hours_total"].sum())}
        )
    return made


def _norms(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("norms")
    used = set(view.table("exceedances")["norm_id"]) | set(view.table("episodes")["norm_id"])
    shown = table[(table["mark"] != "verified") & table["norm_id"].isin(used)]
    if shown.empty:
        return []
    rows = [
        [
            Cell(view.norm(row.norm_id)),
            Cell(view.text(row.pollutant)),
            Cell(view.averaging(row.averaging_s)),
            number_cell(view, row.limit_ugm3, digits=3),
            Cell(view.text(row.legal_source)),
            Cell(view.text(row.source_date)),
            Cell(view.word(row.mark), row.mark),
        ]
        for row in shown.sort_values("norm_id").itertuples(index=False)
    ]
    return [
        make_table(
            _("Norms whose value was not checked against the legal text"),
            [
                Column(_("Norm"), width=2),
                Column(_("Pollutant"), width=0.8),
                Column(_("mean over"), width=0.8),
                Column(_("limit, µg m⁻³"), "right", 0.9),
                Column(_("legal source"), width=2.6),
                Column(_("date"), width=0.9),
                Column(_("mark"), width=1.1),
            ],
            rows,
            paper_rows=len(rows),
        )
    ]


def _sources(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("sources")
    shown = table[table["mark"].isin(["assumed", "unverified", "secondary"])]
    if shown.empty:
        return []
    rows = [
        [
            Cell(view.source_name(row.source_id)),
            number_cell(view, row.height_m),
            number_cell(view, row.diameter_m),
            number_cell(view, row.exit_velocity_m_s),
            number_cell(view, row.exit_temperature_k, digits=3),
            Cell(view.word(row.mark), row.mark),
        ]
        for row in shown.sort_values("source_id").itertuples(index=False)
    ]
    return [
        make_table(
            _("Sources whose description is not verified"),
            [
                Column(_("Source"), width=3),
                Column(_("height, m"), "right"),
                Column(_("diameter, m"), "right"),
                Column(_("exit velocity, m/s"), "right"),
                Column(_("exit temperature, K"), "right"),
                Column(_("mark"), width=1.2),
            ],
            rows,
            paper_rows=len(rows),
        )
    ]


def _emissions(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("emissions")
    shown = table[table["mark"].isin(["assumed", "unverified", "secondary"]) | (table["basis"] == "assumed")]
    if shown.empty:
        return []
    pollutants = sorted(shown["pollutant"].unique())
    keys = ["source_id", "basis", "mark", "relative_uncertainty"]
    rows = []
    for (source, basis, mark, uncertainty), part in shown.groupby(keys, sort=True, dropna=False):
        rates = {name: _rates(view, own) for name, own in part.groupby("pollutant")}
        rows.append(
            [
                Cell(view.source_name(source)),
                *[rates.get(name, Cell("–")) for name in pollutants],
                Cell(view.word(basis)),
                number_cell(view, uncertainty),
                Cell(view.word(mark), mark),
            ]
        )
    return [
        make_table(
            _("Emissions that are assumed or not verified; rates in g s⁻¹"),
            [
                Column(_("Source"), width=3),
                *[Column(view.text(name), "right", 0.8) for name in pollutants],
                Column(_("basis"), width=1),
                Column(_("relative uncertainty"), "right"),
                Column(_("mark"), width=1.2),
            ],
            rows,
            paper_rows=len(rows),
        )
    ]


def _rates(view: View, rows: pd.DataFrame) -> Cell:
    """Rates of one source and pollutant, one for each time of validity; tonnes where no rate is given."""
    _ = view.gettext
    texts = [
        view.number(row.rate_g_s)
        if pd.notna(row.rate_g_s)
        else _("%(mass)s t a year") % {"mass": view.number(row.annual_t)}
        for row in rows.itertuples(index=False)
    ]
    return Cell("; ".join(dict.fromkeys(texts)))
