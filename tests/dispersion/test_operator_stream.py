"""An operator that streams to disk, is stopped in the midst of a write, and is taken up again."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import InputError
from sootprint.dispersion import operator, operator_from_zarr, store
from sootprint.dispersion.store import block_hours, stream_operator

SMALL_GIB = 5e-5


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def long(weather):
    """Two thousand hours of one weather from all around."""
    count = 2000
    return pd.concat([weather.iloc[[0]]] * count).assign(
        time_start=pd.date_range("2024-01-01", periods=count, freq="h"),
        wind_from_direction=np.arange(count) % 360,
    )


def files(folder):
    """Bytes of all files below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_block_stays_within_the_memory_given():
    assert block_hours(1000, 100, 4.0) * 1000 * 100 * 8 * store.COPIES <= 4.0 * 2**30
    assert block_hours(3, 4, 4.0) == store.TIME_CHUNK
    with pytest.raises(InputError, match="more than"):
        block_hours(10_000, 10_000, 1.0)


def test_a_stopped_run_taken_up_again_gives_the_bytes_of_one_that_was_not(
    sources, receptors, long, tmp_path, monkeypatch
):
    stream_operator(tmp_path / "whole", sources, receptors, long, memory_gib=SMALL_GIB)
    assert len(operator_from_zarr(tmp_path / "whole").attrs["inputs_sha256"]) > 3
    write, calls = store._write, []

    def torn(block, path, **given):
        """The third block is written but for the mark that it is finished."""
        write(block, path, **given)
        calls.append(path)
        if len(calls) == 3:
            raise Killed

    monkeypatch.setattr(store, "_write", torn)
    with pytest.raises(Killed):
        stream_operator(tmp_path / "torn", sources, receptors, long, memory_gib=SMALL_GIB)
    monkeypatch.undo()
    assert files(tmp_path / "torn") != files(tmp_path / "whole")
    told = []
    stream_operator(
        tmp_path / "torn",
        sources,
        receptors,
        long,
        memory_gib=SMALL_GIB,
        progress=lambda done, count: told.append((done, count)),
    )
    assert told[0][0] == 3
    assert files(tmp_path / "torn") == files(tmp_path / "whole")
    read = operator_from_zarr(tmp_path / "torn")
    np.testing.assert_array_equal(read["H"].values, operator(sources, receptors, long)["H"].values)


def test_other_inputs_are_not_mixed_with_what_is_there(sources, receptors, long, tmp_path):
    stream_operator(tmp_path / "made", sources, receptors, long, memory_gib=SMALL_GIB)
    with pytest.raises(InputError, match="other inputs"):
        stream_operator(tmp_path / "made", sources, receptors.iloc[::-1], long, memory_gib=SMALL_GIB)
