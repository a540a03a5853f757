"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

# before numpy is imported; see sootprint/__init__.py
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings

# a compiled function is slow once; a test never asks how long anything takes
# the same examples in every run; --hypothesis-profile explore looks for new ones
settings.register_profile("untimed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the reference data; a test that needs it is skipped where it is absent."""
    folder = Path(os.environ.get("SOOTPRINT_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"reference data folder not found at {folder}: set SOOTPRINT_DATA")
    return folder
