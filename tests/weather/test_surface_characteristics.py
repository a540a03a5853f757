"""Ground by sector and month."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import InputError
from sootprint.weather import SurfaceCharacteristics


def sectors(ends, roughness):
    rows = []
    for (begin, end), rough in zip(ends, roughness, strict=True):
        for month in range(1, 13):
            rows.append((begin, end, month, 0.1 + 0.01 * month, 0.5, rough))
    names = ["sector_from", "sector_to", "month", "albedo", "bowen_ratio", "roughness_length"]
    return pd.DataFrame(rows, columns=names)


def test_constant_ground():
    ground = SurfaceCharacteristics.constant(0.2, 1.0, 0.3)
    made = ground.at([0.0, 359.0, np.nan], [1, 7, 12])
    np.testing.assert_allclose(made["roughness_length"], 0.3)
    monthly = SurfaceCharacteristics.constant(0.2, 1.0, np.arange(1, 13) / 10.0)
    np.testing.assert_allclose(monthly.at([10.0, 10.0], [1, 12])["roughness_length"], [0.1, 1.2])


def test_direction_finds_its_sector():
    table = sectors([(30, 150), (150, 300), (300, 30)], [0.1, 0.4, 1.6])
    ground = SurfaceCharacteristics.from_table(table.sample(frac=1.0, random_state=3))
    made = ground.at([30.0, 149.9, 150.0, 299.0, 300.0, 359.9, 0.0, 360.0, 29.9], np.full(9, 5))
    assert made["roughness_length"].tolist() == [0.1, 0.1, 0.4, 0.4, 1.6, 1.6, 1.6, 1.6, 1.6]
    assert made["albedo"] == pytest.approx(np.full(9, 0.15))


def test_missing_direction_takes_the_means():
    ground = SurfaceCharacteristics.from_table(sectors([(0, 180), (180, 360)], [0.1, 0.4]))
    made = ground.at([np.nan], [2])
    assert made["roughness_length"][0] == pytest.approx(0.2)
    assert made["albedo"][0] == pytest.approx(0.12)


@pytest.mark.parametrize(
    "ends", [[(0, 180)], [(0, 180), (170, 360)], [(0, 180), (190, 360)], [(0, 200), (200, 300)]]
)
def test_sectors_cover_the_circle_once(ends):
    with pytest.raises(InputError, match="sectors of"):
        SurfaceCharacteristics.from_table(sectors(ends, [0.1] * len(ends)))


def test_faults_of_the_table_are_named():
    table = sectors([(0, 360)], [0.1])
    with pytest.raises(InputError, match="month"):
        SurfaceCharacteristics.from_table(table.loc[table["month"] != 3])
    with pytest.raises(InputError, match=r"albedo = 1\.5"):
        SurfaceCharacteristics.from_table(table.assign(albedo=1.5))
    with pytest.raises(InputError, match="bowen_ratio"):
        SurfaceCharacteristics.from_table(table.assign(bowen_ratio=0.0))
    with pytest.raises(InputError, match="2 values"):
        SurfaceCharacteristics.constant([0.1, 0.2], 1.0, 0.1)
