"""What would decide more: the next post on the map, and what would settle each open source."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.report.blocks import Block, Cell, Column, Heading, Paragraph, Table
from sootprint.report.chapters.common import leading_pollutants
from sootprint.report.view import View, make_table, number_cell
from sootprint.report.words import compass_points

KM_PER_DEGREE = 111.2
"""Length of a degree of latitude [km]; mean Earth radius 6371 km."""


def next_posts(view: View) -> list[Block]:
    """Where one more post would tell most, and what it would take apart."""
    _ = view.gettext
    table, rules = view.table("next_posts"), view.results.rules
    if table.empty:
        return []
    first = table[table["pollutant"] == table["pollutant"].iloc[0]]
    text = _(
        "%(count)s squares of a grid were tried, each with a post in its middle that would have measured in "
        "the hours of this case. The gain is how much the uncertainty of all sources together would "
        "shrink, from the model and not from any reading; a square is a neighbourhood, not an address."
    ) % {"count": view.count(len(first))}
    if rules.get("candidate_repeat", 1.0) > 1.05:
        text += " " + _(
            "Of the usable hours one in %(repeat)s was taken, in whole days, and stands for the others."
        ) % {"repeat": view.number(rules["candidate_repeat"])}
    blocks: list[Block] = [Heading(_("Where one more post would tell most")), Paragraph(text)]
    for key in view.figure_keys("next_posts"):
        blocks += view.figure(
            key,
            _(
                "Expected gain of information of one more post in each square, and the order in which posts "
                "would be added: %(what)s."
            )
            % {"what": view.pollutant(key.partition(":")[2])},
            _("Map of squares coloured by the gain, with posts and sources"),
        )
    return [*blocks, _posts_table(view, table)]


def _posts_table(view: View, table: pd.DataFrame) -> Table:
    _ = view.gettext
    order = {name: place for place, name in enumerate(leading_pollutants(view))}
    chosen = table.dropna(subset=["rank"])
    chosen = chosen.assign(order=chosen["pollutant"].map(order)).sort_values(["order", "rank"])
    rows = []
    for row in chosen.itertuples(index=False):
        before = chosen[(chosen["pollutant"] == row.pollutant) & (chosen["rank"] <= row.rank)]
        rows.append(
            [
                Cell(view.text(row.pollutant)),
                Cell(f"{int(row.rank)}. {view.text(row.station_id)}", float(row.rank)),
                Cell(where(view, row.lon, row.lat)),
                number_cell(view, row.gain_nat),
                Cell(parted(view, row.pollutant, before["separates"]) or "–"),
                Cell(view.text(row.decides)),
            ]
        )
    return make_table(
        _("The first posts that would be added, one after the other"),
        [
            Column(_("Pollutant"), width=0.8),
            Column(_("Square"), width=0.7),
            Column(_("Where"), width=1.9),
            Column(_("gain, nat"), "right", 0.6),
            Column(_("groups that it would part"), width=3.4),
            Column(_("sources that it would decide"), width=1.7),
        ],
        rows,
        note=_(
            "Groups are those foretold (E), with the posts above already added. Parts that would still be "
            "taken for each other are joined by +."
        ),
    )


def where(view: View, lon: float, lat: float) -> str:
    """Distance and direction of a place from the nearest post."""
    _ = view.gettext
    posts = view.table("stations").dropna(subset=["lon", "lat"])
    if posts.empty or pd.isna(lon):
        return "–"
    east = (lon - posts["lon"].to_numpy(float)) * KM_PER_DEGREE * np.cos(np.radians(lat))
    north = (lat - posts["lat"].to_numpy(float)) * KM_PER_DEGREE
    apart = np.hypot(east, north)
    near = int(apart.argmin())
    names = list(compass_points(view.gettext).values())
    sector = names[int(np.round(np.degrees(np.arctan2(east[near], north[near])) / 22.5)) % 16]
    return _("%(distance)s km %(direction)s of post %(post)s") % {
        "distance": view.number(float(apart[near])),
        "direction": sector,
        "post": view.post(posts["station_id"].iloc[near]),
    }


def parted(view: View, pollutant: str, separates: pd.Series) -> str:
    """Pieces of each group once pairs are told apart, ``E1: A + B | C``; groups left whole are not named."""
    pairs = {
        frozenset(pair.split("|")) for text in separates.dropna() for pair in str(text).split(", ") if pair
    }
    groups = view.table("identifiability_groups")
    made = []
    for row in groups[groups["pollutant"] == pollutant].itertuples(index=False):
        members = [name.strip() for name in str(row.members).split(",")]
        pieces = _pieces(members, pairs)
        if len(pieces) > 1:
            made.append(f"{row.group_id}: " + " | ".join(" + ".join(piece) for piece in pieces))
    return "; ".join(made)


def _pieces(members: list[str], pairs: set[frozenset[str]]) -> list[list[str]]:
    """Members still joined to each other, in their order."""
    left, pieces = list(members), []
    while left:
        piece = [left.pop(0)]
        for name in piece:
            joined = [other for other in left if frozenset((name, other)) not in pairs]
            piece += joined
            left = [other for other in left if other not in joined]
        pieces.append([name for name in members if name in piece])
    return pieces


def deciding(view: View, pollutants: list[str]) -> list[Block]:
    """Observation that would settle each source and group that these data cannot decide."""
    _ = view.gettext
    table = view.table("deciding_observations")
    table = table[table["pollutant"].isin(pollutants)]
    if table.empty:
        return []
    kinds = ["new_post", "second_pollutant", "stack_reading"]
    rows = []
    for pollutant in pollutants:
        for (kind, target), part in table[table["pollutant"] == pollutant].groupby(
            ["target_kind", "target"], sort=False
        ):
            by_kind = {str(row.observation): row for row in part.itertuples(index=False)}
            name = view.source_name(target) if kind == "source" else f"{view.word('group')} {target}"
            rows.append(
                [Cell(name), Cell(view.text(pollutant)), *[_left(view, by_kind.get(item)) for item in kinds]]
            )
    return [
        Heading(_("What would decide the rest")),
        make_table(
            _("Uncertainty that would be left of what is not decidable (share of the present variance)"),
            [
                Column(_("Source or group"), width=2.6),
                Column(_("Pollutant"), width=0.8),
                Column(_("one more post"), width=1.6),
                Column(_("another pollutant at the same posts"), width=1.6),
                Column(_("measurement in the stack"), width=1.8),
            ],
            rows,
            note=_(
                "The best of each kind. “Would decide” means that the source would be decidable then and in "
                "no group. A measurement in the stack is taken as right within 10 %; it tells the rate on "
                "that day, not of the whole period."
            ),
            paper_rows=25,
        ),
    ]


def _left(view: View, row: object | None) -> Cell:
    _ = view.gettext
    if row is None:
        return Cell("–")
    left = 1.0 - float(row.variance_fall)  # type: ignore[attr-defined]
    other = row.other_pollutant  # type: ignore[attr-defined]
    what = view.text(row.place if pd.isna(other) else other)  # type: ignore[attr-defined]
    text = f"{what}: {view.percent(left)}"
    if row.decides:  # type: ignore[attr-defined]
        return Cell(f"{text}; {_('would decide')}", left, "strong")
    return Cell(text, left)
