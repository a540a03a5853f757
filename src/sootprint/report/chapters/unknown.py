"""Sources that nobody declared: areas supported, what a direction implies, and what stays undecided."""

from __future__ import annotations

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Facts, Heading, Items, Paragraph, Table
from sootprint.report.view import (
    View,
    count_cell,
    interval_cell,
    make_table,
    number_cell,
    share_cell,
    time_cell,
)

PAPER_ROWS = 24


def chapter(view: View) -> Chapter:
    """Chapter of the sources that nobody declared."""
    _ = view.gettext
    title = _("Emission that no declared source explains")
    blocks: list[Block] = []
    if view.results.has("unknown_search"):
        blocks += _places(view)
    if view.results.has("unknown_directions"):
        blocks += _directions(view)
    if blocks and view.results.has("unknown_hours"):
        blocks.append(_hours(view))
    return Chapter("unknown", title, blocks)


def _places(view: View) -> list[Block]:
    _ = view.gettext
    areas, search = view.table("unknown_areas"), view.table("unknown_search")
    stated = int(areas["stated"].fillna(False).sum())
    lead = (
        _("There is support for emission from %(count)s area(s) that no declared source explains.")
        if stated
        else _("The readings give no sufficient support for a source that nobody declared.")
    )
    blocks: list[Block] = [
        Paragraph(lead % {"count": view.count(stated)} if stated else lead),
        Paragraph(
            _(
                "Candidates on a coarse grid were tried together with the declared sources, whose rates were "
                "left free, and a background. An area is a set of candidates that the readings cannot tell "
                "apart. It is stated from a probability of nine tenths. A source that emits more than it "
                "declares is tried first: an area beside a declared source may be that source. That none is "
                "stated does not show that there is none: the map shows how strong it would have to be."
            )
        ),
    ]
    if len(areas):
        blocks += [_areas(view, areas), _posts(view)]
    for key in view.figure_keys("unknown_map"):
        blocks += view.figure(
            key,
            _(
                "Colour: emission of a low source from which its area would be stated. Circles: areas with "
                "their probability; dotted ones are not decided."
            ),
            _("Map of the posts with a coloured grid of cells and circles around areas"),
        )
    blocks += [Facts(_search_facts(view, row)) for row in search.itertuples(index=False)]
    return blocks


def _areas(view: View, areas: pd.DataFrame) -> Table:
    _ = view.gettext
    rows = [
        [
            Cell(view.text(row.area_id)),
            share_cell(view, row.probability, tone="strong" if row.stated else ""),
            Cell(_("supported") if row.stated else _("not decided")),
            Cell(_release(view, row.release)),
            interval_cell(view, row.emission_g_s, row.emission_q05_g_s, row.emission_q95_g_s),
            number_cell(view, row.contribution_ugm3),
            number_cell(view, row.radius_m / 1000.0),
            Cell(view.source_name(row.like_source_id) if pd.notna(row.like_source_id) else "–"),
            number_cell(view, row.like),
        ]
        for row in areas.itertuples(index=False)
    ]
    return make_table(
        _("Areas, the most probable first"),
        [
            Column(_("Area"), width=0.9),
            Column(_("probability"), "right", 0.8),
            Column(_("outcome"), width=0.9),
            Column(_("release"), width=0.8),
            Column(_("emission if there is a source, g s⁻¹ (90 % interval)"), "right", 1.7),
            Column(_("mean modelled contribution, µg m⁻³"), "right", 1.1),
            Column(_("radius, km"), "right", 0.7),
            Column(_("most alike declared source"), width=1.6),
            Column(_("correlation of the signals"), "right", 0.9),
        ],
        rows,
        note=_(
            "Where the correlation is near one, the readings can hardly tell the area from that source. The "
            "interval holds the lasting error of the dispersion."
        ),
        paper_rows=PAPER_ROWS,
    )


def _posts(view: View) -> Table:
    _ = view.gettext
    table = view.table("unknown_posts").sort_values(["area_id", "distance_m"], kind="stable")
    rows = [
        [
            Cell(view.text(row.area_id)),
            Cell(view.post(row.station_id)),
            Cell(_sector(view, row)),
            interval_cell(view, row.distance_m / 1e3, row.distance_from_m / 1e3, row.distance_to_m / 1e3),
            number_cell(view, row.contribution_ugm3),
            number_cell(view, row.observed_ugm3),
            number_cell(view, row.support),
        ]
        for row in table.itertuples(index=False)
    ]
    return make_table(
        _("Sector and distance of each area from each post"),
        [
            Column(_("Area"), width=0.9),
            Column(_("Post"), width=1.0),
            Column(_("Wind from"), width=1.6),
            Column(_("distance, km"), "right", 1.3),
            Column(_("mean modelled contribution, µg m⁻³"), "right", 1.1),
            Column(_("observed mean, µg m⁻³"), "right", 1.0),
            Column(_("gain of ln likelihood"), "right", 1.0),
        ],
        rows,
        paper_rows=PAPER_ROWS,
    )


def _directions(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("unknown_directions")
    blocks: list[Block] = [
        Heading(_("What the wind at one post implies")),
        Paragraph(
            _(
                "No inventory was given. From one post the wind gives the direction of a source; of its "
                "strength and its distance only the two together. The emission is given for stated distances "
                "and for a low and a tall release, each as if it were so. It is spread over the states of "
                "the air that the weather leaves possible. In a valley the direction is that of the valley."
            )
        ),
        Items(
            [_sentence(view, part) for _key, part in table.groupby(["station_id", "pollutant"], sort=True)]
        ),
    ]
    rows = [
        [
            Cell(view.post(row.station_id)),
            Cell(_release(view, row.release)),
            number_cell(view, row.distance_m / 1000.0),
            Cell(_sector(view, row)),
            share_cell(view, row.probability),
            interval_cell(view, row.emission_g_s, row.emission_q05_g_s, row.emission_q95_g_s),
            number_cell(view, row.contribution_ugm3),
            count_cell(view, row.hours_sector),
            number_cell(view, row.correlation),
        ]
        for row in table.sort_values(["station_id", "pollutant", "release", "distance_m", "rank"]).itertuples(
            index=False
        )
    ]
    blocks.append(
        make_table(
            _("Sectors and the emission that each distance and release would imply"),
            [
                Column(_("Post"), width=0.9),
                Column(_("release"), width=0.7),
                Column(_("distance, km"), "right", 0.7),
                Column(_("Wind from"), width=1.5),
                Column(_("probability"), "right", 0.8),
                Column(_("emission implied, g s⁻¹ (90 % interval)"), "right", 1.6),
                Column(_("mean modelled contribution, µg m⁻³"), "right", 1.1),
                Column(_("hours it rests on"), "right", 0.8),
                Column(_("correlation with the readings"), "right", 0.9),
            ],
            rows,
            note=_(
                "Each row is as if all sources were at that distance and of that release: one post cannot "
                "part them. Calm hours and hours without wind are not used."
            ),
            paper_rows=PAPER_ROWS,
        )
    )
    for key in view.figure_keys("unknown_direction"):
        blocks += view.figure(
            key,
            _(
                "Left: sectors with their mean modelled contribution. Right: the emission that the first "
                "sector implies, by distance and release, with its 90 % interval."
            ),
            _("Dial with sectors beside a chart of implied emission against distance"),
        )
    return blocks


def _sentence(view: View, part: pd.DataFrame) -> str:
    _ = view.gettext
    first = part[part["rank"] == 1]
    best = first.loc[first["correlation"].idxmax()]
    text = (
        _(
            "%(post)s, %(pollutant)s: the largest part that a direction carries comes with wind from "
            "%(sector)s (probability %(probability)s). Between all stated distances and releases the implied "
            "emission goes from %(low)s to %(high)s."
        )
        if best["stated"]
        else _(
            "%(post)s, %(pollutant)s: no sector is sufficiently supported; the first is %(sector)s "
            "(probability %(probability)s). Between all stated distances and releases the implied emission "
            "goes from %(low)s to %(high)s."
        )
    )
    unit = _("g s⁻¹")
    more = _("Which distance and release is so stays undecided.")
    return (
        text
        % {
            "post": view.station(best["station_id"]),
            "pollutant": view.pollutant(best["pollutant"]),
            "sector": _sector(view, best),
            "probability": view.percent(best["probability"]),
            "low": view.number(first["emission_q05_g_s"].min(), unit),
            "high": view.number(first["emission_q95_g_s"].max(), unit),
        }
        + " "
        + more
    )


def _hours(view: View) -> Table:
    _ = view.gettext
    table = view.table("unknown_hours").sort_values(["area_id", "support"], ascending=[True, False])
    rows = [
        [
            Cell(view.text(row.area_id)),
            Cell(view.post(row.station_id)),
            time_cell(view, row.time_start),
            number_cell(view, row.duration_s / 3600.0),
            number_cell(view, row.observed_ugm3),
            number_cell(view, row.declared_ugm3),
            number_cell(view, row.area_ugm3),
            number_cell(view, row.support),
        ]
        for row in table.itertuples(index=False)
    ]
    return make_table(
        _("Hours that speak most for it"),
        [
            Column(_("Area"), width=1.4),
            Column(_("Post"), width=0.9),
            Column(_("from"), width=1.3),
            Column(_("hours"), "right", 0.6),
            Column(_("observed mean, µg m⁻³"), "right", 1.0),
            Column(_("explained without it, µg m⁻³"), "right", 1.1),
            Column(_("added by it, µg m⁻³"), "right", 1.0),
            Column(_("gain of ln likelihood"), "right", 1.0),
        ],
        rows,
        paper_rows=12,
    )


def _search_facts(view: View, row: object) -> list[tuple[str, str]]:
    _ = view.gettext
    get = row._asdict()  # type: ignore[attr-defined]
    return [
        (_("Pollutant"), view.pollutant(get["pollutant"])),
        (_("candidates"), view.count(get["candidates"])),
        (_("declared sources tried first"), view.count(get["declared_sources"])),
        (_("readings used"), view.count(get["readings"])),
        (_("readings left out: weak wind"), view.count(get["light"])),
        (_("readings left out: no modelled dispersion"), view.count(get["unserved"])),
        (_("readings missing or suspect"), view.count(get["unusable"])),
        (_("probability of any unlisted source on the grid"), view.percent(get["probability_any"])),
        (_("mean of all that is unlisted, µg m⁻³"), view.number(get["unlisted_ugm3"])),
        (_("largest split R-hat"), view.number(get["r_hat"], digits=3)),
    ]


def _release(view: View, value: object) -> str:
    _ = view.gettext
    words = {"low": _("low"), "tall": _("tall"), "undecided": _("undecided")}
    return words.get(str(value), view.text(value))


def _sector(view: View, row: object) -> str:
    _ = view.gettext
    get = row.__getitem__ if isinstance(row, pd.Series) else lambda name: getattr(row, name)
    label = str(get("sector_label"))
    if label == "around":
        return _("all around")
    start, end = (view.number(get(name), digits=3) for name in ("sector_from_deg", "sector_to_deg"))
    return f"{view.sector(label)} ({start}–{end}°)"
