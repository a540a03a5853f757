"""SECTOR and SITE_CHAR lines: what they say, and which faults are named."""

import numpy as np
import pytest

from sootprint.core.errors import InputError
from sootprint.weather import read_surface_characteristics

SEASONAL = """\
** a comment
   FREQ_SECT  SEASONAL 2
   SECTOR  1   40  210
   SECTOR  2  210   40
""" + "".join(
    f"   site_char {period} {sector} 0.{period} 0.5 {sector}.{period}\n"
    for period in range(1, 5)
    for sector in (1, 2)
)


def read(tmp_path, text, **options):
    path = tmp_path / "ground.out"
    path.write_text(text)
    return read_surface_characteristics(path, **options)


def test_seasons_and_sectors(tmp_path):
    ground = read(tmp_path, SEASONAL)
    made = ground.at([100.0, 300.0, 39.0, 210.0], [1, 4, 8, 12])
    np.testing.assert_allclose(made["roughness_length"], [1.1, 2.2, 2.3, 2.1])
    np.testing.assert_allclose(made["albedo"], [0.1, 0.2, 0.3, 0.1])
    south = read(tmp_path, SEASONAL, southern=True).at([100.0], [1])
    assert south["albedo"][0] == pytest.approx(0.3)


def test_the_year_in_one(tmp_path):
    ground = read(tmp_path, "FREQ_SECT ANNUAL 1\nSECTOR 1 0 360\nSITE_CHAR 1 1 0.2 0.9 0.4\n")
    assert set(ground.at(np.full(12, 7.0), np.arange(1, 13))["bowen_ratio"]) == {0.9}


def test_the_reference_file(data_dir):
    ground = read_surface_characteristics(data_dir / "aermet_nws" / "s2.inp")
    made = ground.at([10.0, 200.0], [2, 6])
    assert made["albedo"].tolist() == [0.40, 0.15]
    assert made["bowen_ratio"].tolist() == [1.30, 0.40]
    assert made["roughness_length"].tolist() == [0.10, 0.30]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("SEASONAL", "WEEKLY", "line 2"),
        ("FREQ_SECT", "FREQ", "FREQ_SECT"),
        ("40  210", "40  x", "line 3"),
        ("site_char 2 1 0.2", "site_char 1 1 0.2", "line 7"),
        ("site_char 2 1 0.2", "nothing", r"\(2, 1\)"),
        ("210   40", "220   40", "sectors of"),
        ("0.5 1.1", "nan 1.1", "line 5"),
        ("0.5 1.1", "0.5 99", "at most 10"),
    ],
)
def test_faults_are_named(tmp_path, old, new, message):
    assert old in SEASONAL
    with pytest.raises(InputError, match=message):
        read(tmp_path, SEASONAL.replace(old, new, 1))
