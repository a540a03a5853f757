"""Coordinates that may be degrees and minutes, or exchanged."""

import pytest
from audit_cases import changed, codes, inventory

from sootprint.sources import audit, coordinate_hypotheses
from sootprint.sources.auditing.places import chance_of_minutes, distance_m


def test_both_places_of_a_pair_of_numbers():
    # Two places of a beryllium works in a public register, typed as degrees and minutes.
    made = coordinate_hypotheses(49.58, 82.38).set_index("reading")
    assert made.loc["degrees_minutes", ["lat", "lon"]].tolist() == pytest.approx(
        [49.966667, 82.633333], abs=1e-6
    )
    made = coordinate_hypotheses(49.573852, 82.403296).set_index("reading")
    assert made.loc["degrees_minutes", ["lat", "lon"]].tolist() == pytest.approx(
        [49.960700, 82.675822], abs=1e-6
    )
    assert made.loc["decimal", "distance_m"] == 0.0
    assert made.loc["swapped", ["lat", "lon"]].tolist() == [82.403296, 49.573852]


def test_what_cannot_be_minutes_is_left_out():
    assert coordinate_hypotheses(49.97, 82.61)["reading"].tolist() == ["decimal", "swapped"]
    assert coordinate_hypotheses(-11.52, -175.9)["reading"].tolist() == ["decimal"]


def test_a_degree_of_a_meridian():
    assert distance_m(49.0, 82.0, 50.0, 82.0) == pytest.approx(111_195, abs=5)
    assert distance_m(60.0, 82.0, 60.0, 83.0) == pytest.approx(111_195 / 2, rel=1e-3)


def test_the_chance_of_minutes_counts_different_digits_once():
    assert chance_of_minutes([[49.58, 82.38]]) == pytest.approx(0.6**2)
    assert chance_of_minutes([[49.5738, 82.4032]]) == pytest.approx(0.6**4)
    assert chance_of_minutes([[49.5738, 82.4032], [49.5748, 82.4038]]) == pytest.approx(0.6**5)


def minutes(tables):
    places = [
        (49.5738, 82.3712),
        (49.5743, 82.3709),
        (49.5751, 82.3722),
        (49.5712, 82.3745),
        (49.5725, 82.3755),
    ]
    for number, (lat, lon) in enumerate(places, 1):
        tables = changed(
            "sources",
            lambda rows, n=number: rows["source_id"] == f"P/000{n}",
            {"lat": lat, "lon": lon},
            tables,
        )
    return tables


def test_a_plant_in_degrees_and_minutes():
    found = audit(minutes(inventory()))
    assert found["code"].tolist() == ["AUD-DEGREES-MINUTES"]
    assert "49.9606" in found["note"].iloc[0]
    assert found["value"].iloc[0] == pytest.approx(47_000, abs=1500)


def test_one_place_is_told_by_the_other_plants():
    tables = inventory()
    row = (
        tables["sources"]
        .iloc[[0]]
        .assign(source_id="Q/0001", facility_id="Q", lat=49.58, lon=82.38, process="other", source_row=30)
    )
    joined = changed("sources", lambda rows: rows["kind"] == "point", {}, tables)["sources"]
    import pandas as pd

    tables = tables | {"sources": pd.concat([joined, row], ignore_index=True)}
    assert codes(tables) == ["AUD-DEGREES-MINUTES"]
