"""Words of the tables' closed vocabularies, in the language of the reader."""

from __future__ import annotations

from sootprint.report.languages import Translate


def vocabulary(_: Translate) -> dict[str, str]:
    """Translated words by their value in the schemas."""
    return {
        "exceeded": _("exceeded"),
        "not exceeded": _("not exceeded"),
        "not assessable": _("not assessable"),
        "verified": _("verified"),
        "secondary": _("secondary source"),
        "unverified": _("unverified"),
        "assumed": _("assumed"),
        "stagnation": _("stagnation"),
        "ventilated": _("ventilated"),
        "unknown weather": _("unknown weather"),
        "consistent with declared": _("consistent with declared"),
        "above declared": _("above declared"),
        "below declared": _("below declared"),
        "not decidable": _("not decidable"),
        "valid": _("valid"),
        "below_detection": _("below detection"),
        "missing": _("missing"),
        "suspect": _("suspect"),
        "error": _("error"),
        "quarantine": _("quarantine"),
        "warning": _("warning"),
        "info": _("remark"),
        "served": _("served"),
        "calm": _("calm"),
        "stagnant": _("stagnant"),
        "missing wind": _("missing wind"),
        "missing stability": _("missing stability"),
        "missing mixing height": _("missing mixing height"),
        "missing temperature": _("missing temperature"),
        "source": _("source"),
        "group": _("group of sources"),
        "background": _("background"),
        "unexplained": _("unexplained"),
        "observed": _("observed"),
        "declared": _("declared"),
        "permitted": _("permitted"),
        "measured": _("measured"),
        "observations": _("observations"),
        "weather": _("weather"),
        "sources": _("sources"),
        "complaints": _("complaints"),
        "all": _("all"),
    }


AVERAGING = {600: "10 min", 1200: "20 min", 1800: "30 min", 3600: "1 h", 28800: "8 h", 86400: "24 h"}
"""Short names of averaging times [s] that need no translation."""


def averaging_text(seconds: float, _: Translate) -> str:
    """Averaging time in words."""
    whole = round(float(seconds))
    if whole in AVERAGING:
        return AVERAGING[whole]
    if whole >= 31_000_000:
        return _("year")
    if whole % 86400 == 0:
        return _("%(days)d days") % {"days": whole // 86400}
    return f"{whole / 3600:g} h" if whole >= 3600 else f"{whole / 60:g} min"
