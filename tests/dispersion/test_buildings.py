"""Building dimensions: by hand, by law, and against EPA's BPIPPRM 04274 on two small yards."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core.errors import InputError
from sootprint.core.geo import unproject
from sootprint.dispersion.buildings import building_dimensions
from sootprint.dispersion.structures import Stack, Tier, structures, wakes

CRS = "EPSG:32644"


def box(name, building, height, base, west, south, east, north):
    corners = np.array([[west, south], [east, south], [east, north], [west, north]], float)
    return Tier(name, building, height, base, corners)


def numbers(ruling):
    return np.array([[w.height, w.width, w.length, w.along_offset, w.across_offset] for w in ruling])


def toward(bearing):
    return bearing // 10 - 1


YARD = [
    box("hall/1", "hall", 12.0, 1.0, 0, 0, 40, 20),
    box("hall/2", "hall", 18.0, 1.0, 5, 5, 15, 15),
    box("tower/1", "tower", 25.0, 0.0, 48, 2, 58, 14),
]
TOWERS = [box("a/1", "a", 30.0, 0.0, 0, 0, 10, 10), box("b/1", "b", 24.0, 0.0, 15, 0, 25, 10)]


def test_tower_with_a_stack_in_its_middle():
    ruling, gep = wakes(Stack("s", 5, 5, 0), [*structures([box("t/1", "t", 20, 0, 0, 0, 10, 10)])])
    assert gep == pytest.approx(20 + 1.5 * 14.1421, abs=1e-3)
    assert numbers(ruling)[toward(360)] == pytest.approx([20, 10, 10, -5, 0])
    assert numbers(ruling)[toward(90)] == pytest.approx([20, 10, 10, -5, 0])
    assert ruling[toward(360)].top == pytest.approx(35)


def test_two_towers_join_at_the_lower_height():
    ruling, gep = wakes(Stack("s", 12, 30, 0), structures(TOWERS))
    north = ruling[toward(360)]
    assert numbers([north])[0] == pytest.approx([24, 25, 10, -30, -0.5])
    assert (north.top, gep) == (pytest.approx(60.0), pytest.approx(60.0))
    assert north.parts == "a/1 + b/1"


@pytest.mark.parametrize(
    ("bearing", "expected"),
    [
        (20, [25, 13.50, 14.70, -44.94, 9.73]),
        (40, [25, 15.37, 15.62, -46.46, -3.72]),
        (50, [25, 15.58, 15.37, -45.11, -10.37]),
        (60, [18, 13.66, 13.66, -78.12, 6.52]),
        (70, [18, 12.82, 12.82, -77.75, -5.96]),
        (80, [0, 0, 0, 0, 0]),
        (230, [25, 15.58, 15.37, 29.74, 10.37]),
        (10, [0, 0, 0, 0, 0]),
    ],
)
def test_yard_as_bpipprm(bearing, expected):
    ruling, _ = wakes(Stack("lee", 75, 40, 2.0), structures(YARD))
    assert numbers(ruling)[toward(bearing)] == pytest.approx(expected, abs=0.006)


def test_joined_towers_as_bpipprm():
    ruling, _ = wakes(Stack("lee", 12, 30, 0), structures(TOWERS))
    table = numbers(ruling)
    assert table[[toward(10), toward(40), toward(50), toward(60)], 1] == pytest.approx(
        [26.36, 25.58, 23.73, 0.0], abs=0.006
    )
    assert table[[toward(130), toward(180), toward(310)], 3] == pytest.approx([3.66, 20.0, -29.24], abs=0.006)
    assert table[[toward(130), toward(180), toward(310)], 4] == pytest.approx([-18.83, 0.5, 18.83], abs=0.006)
    assert (table[:, 0] == 24).sum() == 22


@settings(max_examples=20, deadline=None)
@given(st.floats(-500, 500), st.floats(-500, 500), st.integers(1, 35))
def test_moved_and_turned_plant(east, north, tens):
    turn = np.deg2rad(10 * tens)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    def moved(points):
        return points @ matrix.T + [east, north]

    tiers = [Tier(t.name, t.building, t.height, t.base, moved(t.corners)) for t in YARD]
    x, y = moved(np.array([[75.3, 40.1]]))[0]
    before, gep = wakes(Stack("s", 75.3, 40.1, 2.0), structures(YARD))
    after, gep_after = wakes(Stack("s", float(x), float(y), 2.0), structures(tiers))
    assert gep_after == pytest.approx(gep)
    assert np.allclose(np.roll(numbers(before), tens, axis=0), numbers(after), atol=1e-6)


def test_far_stack_has_no_building():
    ruling, gep = wakes(Stack("s", 500, 500, 0), structures(YARD))
    assert np.isnan(gep)
    assert not numbers(ruling).any()


def polygon(tier):
    lon, lat = unproject(tier.corners[:, 0] + 700_000, tier.corners[:, 1] + 5_500_000, CRS)
    ring = [f"{a:.10f} {b:.10f}" for a, b in zip(lon, lat, strict=True)]
    return f"POLYGON (({', '.join([*ring, ring[0]])}))"


def tables():
    lon, lat = unproject(700_075.0, 5_500_040.0, CRS)
    stacks = pd.DataFrame({"source_id": ["lee"], "lon": lon, "lat": lat, "base_elevation_m": 2.0})
    rows = [(*t.name.split("/"), t.height, t.base, polygon(t)) for t in YARD]
    names = ["building_id", "tier", "height_m", "base_elevation_m", "geometry_wkt"]
    return stacks, pd.DataFrame(rows, columns=names).astype({"tier": int})


def test_table_of_geographic_outlines():
    made = building_dimensions(*tables(), crs=CRS)
    assert len(made) == 36
    row = made[made["flow_direction_deg"] == 60].iloc[0]
    columns = ["height_m", "width_m", "length_m", "along_offset_m", "across_offset_m"]
    assert row[columns].to_numpy(float) == pytest.approx([18, 13.66, 13.66, -78.12, 6.52], abs=0.006)
    assert row["structures"] == "hall/2"
    assert made["gep_height_m"].iloc[0] == pytest.approx(46.368, abs=1e-3)
    assert made["structures"].isna().sum() == (made["height_m"] == 0).sum()


def test_faults_are_named():
    stacks, buildings = tables()
    with pytest.raises(InputError, match="without a ground height, first lee"):
        building_dimensions(stacks.assign(base_elevation_m=np.nan), buildings, crs=CRS)
    with pytest.raises(InputError, match="tier 1 twice"):
        building_dimensions(stacks, pd.concat([buildings, buildings.iloc[:1]]), crs=CRS)
    with pytest.raises(InputError, match="not one valid polygon"):
        building_dimensions(stacks, buildings.assign(geometry_wkt="POINT (1 2)"), crs=CRS)
    with pytest.raises(InputError, match="cannot be read"):
        building_dimensions(stacks, buildings.assign(geometry_wkt="POLYGON ((1 2"), crs=CRS)
