"""What the norms and the permit say: a question of law, kept apart from who contributed."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Items, Paragraph, Table
from sootprint.report.chapters import law_air, law_inventory, law_permit
from sootprint.report.chapters.law_common import marks_text
from sootprint.report.compared import counted
from sootprint.report.view import View, count_cell, make_table

LAW_TABLES = (
    *("air_indices", "high_pollution", "nmu_days", "nmu_reductions", "h2s_quality", "promised_cut_checks"),
    *("audit_findings", "stack_mass", "ond86_sources"),
)
"""Tables that make this chapter; without any of them, and without a comparison, it is left out."""


def chapter(view: View) -> Chapter:
    """Chapter of the norms and the permit."""
    _ = view.gettext
    title = _("What the norms and the permit say")
    known = [name for name in (*LAW_TABLES, "exceedances") if view.results.has(name)]
    if not known:
        return Chapter("law", title, ())
    blocks: list[Block] = [
        Paragraph(
            _(
                "This chapter puts the readings, the weather and the declared emissions beside the texts "
                "that an authority can cite: the norms, the indices of the bulletins, the rules of adverse "
                "weather, the inventory and the calculation of the permit. Three questions are answered "
                "apart:"
            ),
        ),
        Items(
            [
                _("What the norms and the permit say: this chapter. It does not say who made the smog."),
                _(
                    "Who contributed: a chapter of its own. A source within its permit may contribute, and "
                    "a contribution is no breach of a norm or a permit."
                ),
                _(
                    "Whether a declared emission is consistent with what was measured: a chapter of its "
                    "own. Whether a norm or a permit was broken is for the authority to decide."
                ),
            ]
        ),
        *_legal_sources(view),
        *law_air.blocks(view),
        *law_inventory.blocks(view),
        *law_permit.blocks(view),
        *_absent(view),
    ]
    return Chapter("law", title, blocks)


def _legal_sources(view: View) -> list[Block]:
    """Documents of the norms that were compared, with how far their values were checked."""
    _ = view.gettext
    compared = view.table("exceedances")
    norms = view.table("norms")
    norms = norms[norms["norm_id"].isin(compared["norm_id"])]
    if norms.empty:
        return []
    over = set(compared.loc[(compared["verdict"] == "exceeded") & counted(compared), "norm_id"])
    rows = []
    for (who, source), part in norms.groupby(["jurisdiction", "legal_source"], sort=True):
        dates = sorted(part["source_date"].dropna().unique())
        rows.append(
            [
                Cell(view.text(who)),
                Cell(view.text(source)),
                Cell(" – ".join(dict.fromkeys([*dates[:1], *dates[-1:]])) or "–"),
                Cell(", ".join(sorted(part["pollutant"].unique()))),
                count_cell(view, len(part)),
                count_cell(view, part["norm_id"].isin(over).sum()),
                Cell(marks_text(view, part["mark"])),
                Cell(marks_text(view, part["rule_mark"])),
            ]
        )
    table: Table = make_table(
        _("Norms that were compared, by their document"),
        [
            Column(_("who set it"), width=0.8),
            Column(_("legal source"), width=3),
            Column(_("date"), width=1.2),
            Column(_("pollutants"), width=1.7),
            Column(_("norms"), "right", 0.7),
            Column(_("exceeded at a post"), "right", 0.9),
            Column(_("marks of their values"), width=1.5),
            Column(_("marks of their rules"), width=1.5),
        ],
        rows,
        note=_(
            "An unverified value comes from general knowledge and was not checked against the legal text; "
            "the chapter on the limits lists each."
        ),
    )
    return [Heading(_("The norms and their documents")), table]


def _absent(view: View) -> list[Block]:
    """What the case did not hold, so that this chapter cannot say it."""
    _ = view.gettext
    has = view.results.has
    kinds = {str(item.get("kind")) for item in view.results.evidence}
    own = "KZ" in view.results.case.get("jurisdictions", ())
    missing = [
        (
            own,
            _(
                "The indices, the regimes of adverse weather and the permit follow texts of Kazakhstan, "
                "whose norms this case does not ask for: none of them was calculated."
            ),
        ),
        (
            has("air_indices") or not own,
            _("No index of the bulletins could be calculated from the readings."),
        ),
        (
            has("nmu_days") or not own,
            _("No regime of adverse weather could be found: there is no wind."),
        ),
        (has("sources"), _("No inventory was given: nothing was audited, and no permit was calculated.")),
        (
            has("stack_mass") or has("stack_days") or not has("sources"),
            _("No stack monitoring was given: declared emissions were not set beside measured ones."),
        ),
        (
            "fuel_use" in kinds or not has("sources"),
            _("No fuel data were given: emissions of boilers were not checked by their sulphur and ash."),
        ),
        (
            "material_balance" in kinds or not has("sources"),
            _("No material balance was given: the sulphur of smelters was not balanced."),
        ),
        (has("promised_cut_checks"), _("No promised cut is named in the settings of the case.")),
    ]
    entries = [text for there, text in missing if not there]
    return [Heading(_("What was not there")), Items(entries)] if entries else []
