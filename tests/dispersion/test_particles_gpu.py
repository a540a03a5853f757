"""The particles on a CUDA device: in numba's simulator, compiled for one, and on one where there is any."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from test_particle_operator import OPTIONS, air, posts, sources

from sootprint.core.errors import ConfigError
from sootprint.dispersion import particle_operator
from sootprint.dispersion.engines import gpu as devices
from sootprint.dispersion.particles import gpu
from sootprint.dispersion.particles.air import terrain_arrays
from sootprint.dispersion.particles.arrays import NO_TERRAIN, Air, Rules, Targets, bins_of
from sootprint.dispersion.particles.driver import Request, empty_counts, runner
from sootprint.dispersion.particles.lone import ramps_of
from sootprint.dispersion.particles.options import ParticleOptions
from sootprint.dispersion.particles.tables import make_tables

HERE = Path(__file__).parent
HAS_PACKAGE = importlib.util.find_spec("numba_cuda") is not None
SIMULATED = bool(numba.config.ENABLE_CUDASIM)
HOURS, SEGMENTS, TICKS, STEP_S = 4, 2, 30, 60.0
BOUNDS = (-3000.0, 3000.0, -3000.0, 3000.0)

needs_package = pytest.mark.skipif(not HAS_PACKAGE, reason="numba-cuda is not installed (extra 'cuda')")


def basin_air(meander=0.3):
    """Four hours under a lid that rises from 60 to 300 m, wind with height."""
    z = np.array([0.0, 1.0, 3.0, 8.0, 20.0, 50.0, 100.0, 200.0, 400.0])
    count = HOURS * SEGMENTS
    lids = np.linspace(60.0, 300.0, count)
    sigma_w = np.maximum(0.25 * np.sqrt(np.maximum(1.0 - z / lids[:, None], 0.0)), 0.04)
    wind = np.broadcast_to(0.2 + 0.3 * np.log1p(z), sigma_w.shape)
    scale = np.broadcast_to(5.0 + 0.3 * z, sigma_w.shape)
    parts = (wind, 0.3 * wind, sigma_w, np.full_like(wind, 0.3), scale, np.full_like(wind, 120.0))
    tables, tops = make_tables(z, parts, STEP_S)
    return Air(
        tables=tables,
        tops=tops,
        bulk=np.tile([0.3, 120.0, 0.2, 10.0, 1.0], (count, 1)),
        lids=lids,
        meander=np.tile([meander, 1.0 / 600.0, 0.006], (count, 1)),
        hours=np.repeat(np.arange(HOURS), SEGMENTS),
    )


def hill_wind():
    rng = np.random.default_rng(5)
    u, v, w = (
        rng.normal(mean, spread, (HOURS, *shape)).astype(np.float32)
        for mean, spread, shape in ((0.5, 0.5, (3, 6, 7)), (0.2, 0.5, (3, 7, 6)), (0.0, 0.02, (4, 6, 6)))
    )
    return terrain_arrays(u, v, w, np.array([0.0, 20.0, 80.0, 400.0]), (-3000.0, -3000.0, 1000.0))


def yards(width=1.0):
    """Three targets of two layers, the last of two blobs."""
    rng = np.random.default_rng(6)
    x, y = rng.uniform(-600.0, 600.0, (2, 4))
    shape = (HOURS, 3, 2)
    return Targets(
        target=np.array([0, 1, 2, 2]),
        x=x,
        y=y,
        sigma=np.full(4, 150.0 * width),
        share=np.array([1.0, 1.0, 0.5, 0.5]),
        across=rng.uniform(0.0, 30.0, shape[:2]),
        weight=rng.uniform(0.1, 1.0, shape),
        height=rng.uniform(0.0, 80.0, shape),
        spread=rng.uniform(1.0, 20.0, shape),
        **bins_of(x, y, np.full(4, 2000.0), BOUNDS, 500.0),
    )


def rules(**changed):
    west, east, south, north = BOUNDS
    base = {
        "sign": -1,
        "step_s": STEP_S,
        "ticks_per_segment": TICKS,
        "oldest": 150,
        "west": west,
        "east": east,
        "south": south,
        "north": north,
        "width": 0.35,
        "width_z": 0.3,
        "widest": 400.0,
        "distant_from": 150.0,
        "fall": 0.0,
        "decay": 0.0,
        "keep_lags": 0,
        "thin_age": 0,
    }
    return Rules(**base | changed)


def request(**changed):
    hours = np.array([1, 2, 3])
    streams = (np.arange(6, dtype=np.uint32) * np.uint32(0x3D4D51CB)).reshape(2, 3)
    base = Request(hours, streams, batch=4, batches=2, passes=1, turn=0.0, push=0.0, error=0.0)
    return base._replace(**changed)


def cases():
    """Walks by name: rules, request, wind over terrain, part that a touch of the ground takes."""
    sinks = {"fall": 0.02, "decay": 1e-4, "thin_age": 60, "keep_lags": 1}
    winds = {"turn": 0.2, "push": 0.1}
    return {
        "backward": (rules(), request(**winds), NO_TERRAIN, 0.0),
        "forward with sinks and lags": (rules(sign=1, **sinks), request(), NO_TERRAIN, 0.1),
        "backward over hills until exact": (
            rules(**sinks),
            request(passes=3, error=0.2),
            hill_wind(),
            0.05,
        ),
    }


def walked(name, precision, on_device, **options):
    """Findings of the CPU or the device."""
    chosen, asked, terrain, absorbed = cases()[name]
    basin, near, far = basin_air(), yards(), yards(2.0)
    absorb = np.full(basin.tops.size, absorbed)
    rng = np.random.default_rng(2)
    spots = (2, 1, 1, 3) if chosen.sign < 0 else (2, 3, 5, 3)
    places = rng.uniform((-300.0, -300.0, 0.0), (300.0, 300.0, 60.0), spots)
    counted = empty_counts(2, 3, HOURS if chosen.keep_lags else 1, 3)
    if on_device:
        gpu.run_cuda(
            places, asked, basin, terrain, near, far, chosen, absorb, counted, precision=precision, **options
        )
        return counted
    for origin in range(2):
        runner(precision)(origin, places[origin], asked, basin, terrain, near, far, chosen, absorb, counted)
    return counted


def check_device(precision, relative):
    """All that a device gives, against the CPU: numbers to a share of the largest."""
    for name in cases():
        wanted = walked(name, precision, False)
        made = walked(name, precision, True)
        assert wanted.mean.any(), name
        np.testing.assert_array_equal(made.particles, wanted.particles)
        assert (made.steps <= wanted.steps).all()
        assert (made.steps > 0).all()
        for part in ("mean", "variance", "fate"):
            values, truth = getattr(made, part), getattr(wanted, part)
            np.testing.assert_allclose(values, truth, rtol=0.0, atol=relative * truth.max(), err_msg=name)
        again = walked(name, precision, True, block_bytes=10_000)
        for values, same in zip(made, again, strict=True):
            np.testing.assert_array_equal(values, same)
    passes = wanted.particles // 8
    assert passes.min() < passes.max(), "one pair was exact before another"
    with pytest.raises(ConfigError, match="8 particles at 3 targets"):
        walked("backward", precision, True, block_bytes=100)


def check_operator():
    """The operator of both directions by way of the simulator is the CPU's."""
    tables = sources(), posts(), air(3)
    for direction in ("backward", "forward"):
        options = OPTIONS | {"particles": 8, "memory_h": 0.5, "direction": direction}
        wanted = particle_operator(*tables, options=options)
        made = particle_operator(*tables, options=options | {"device": "cuda"})
        assert wanted["H"].to_numpy().any()
        for name in ("H", "standard_error", "particles"):
            np.testing.assert_allclose(made[name], wanted[name], rtol=1e-12)


def test_simulated_device_gives_the_numbers_of_the_cpu():
    """In the simulator kernels run in Python and call what is compiled for the CPU: equal to rounding."""
    code = (
        "import test_particles_gpu; from sootprint.dispersion.particles import gpu_kernels\n"
        "gpu_kernels.THREADS = 16; test_particles_gpu.check_device('single', 1e-13)\n"
        "test_particles_gpu.check_operator(); print('same')"
    )
    place = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": place},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "same", done.stderr


def test_a_missing_package_is_named_with_its_cure(monkeypatch):
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    monkeypatch.setattr(numba.config, "ENABLE_CUDASIM", 0)
    with pytest.raises(ConfigError, match="sootprint\\[cuda\\]"):
        walked("backward", "single", True)


def test_an_unknown_device_is_refused_and_the_device_is_recorded():
    with pytest.raises(ConfigError, match="device is 'tpu'"):
        ParticleOptions(device="tpu")
    assert "device" not in ParticleOptions().physics()
    assert ParticleOptions(device="cuda").physics()["device"] == "cuda"


def kernel_arguments(kernels):
    chosen, asked, terrain, _ = cases()["backward"]
    basin = basin_air()
    scenery = kernels.Scenery(
        basin, ramps_of(basin, STEP_S), np.zeros(basin.tops.size), terrain, yards(), yards()
    )
    places = np.zeros((6, 1, 3))
    starts = kernels.Starts(np.arange(6), places, np.arange(6), asked.streams.ravel())
    manner = kernels.Manner(4, 2, 0, 60, 0.0, 0.0, 0)
    found = kernels.Found(np.zeros((48, 1, 3), np.float32), np.zeros((48, kernels.ENDS)))
    sums = kernels.Sums(np.zeros((6, 1, 3)), np.zeros((6, 1, 3)), np.zeros((6, kernels.ENDS)))
    return {
        "walk_kernel": (starts, manner, scenery, chosen, found),
        "clear_kernel": (found, sums, 1),
        "sum_kernel": (starts, found, sums),
        "tally_kernel": (starts, found, sums),
    }


@needs_package
@pytest.mark.slow
@pytest.mark.parametrize("name", ["walk_kernel", "clear_kernel", "sum_kernel", "tally_kernel"])
def test_kernels_compile_for_a_device_of_capability_9(name, monkeypatch):
    """PTX in single precision, no device needed; skipped where NVIDIA's compiler is absent."""
    from numba import cuda
    from numba.cuda import dispatcher
    from numba.cuda.cudadrv.error import NvvmError, NvvmSupportError

    from sootprint.dispersion.particles import gpu_kernels

    # Functions that a kernel calls are compiled for the device at hand, and there is none.
    monkeypatch.setattr(
        dispatcher, "get_current_device", lambda: type("Device", (), {"compute_capability": (9, 0)})
    )
    kernel = getattr(gpu_kernels, name)
    if name == "walk_kernel":
        kernel = kernel("single")
    signature = tuple(numba.typeof(item) for item in kernel_arguments(gpu_kernels)[name])
    try:
        ptx, _ = cuda.compile_ptx(kernel.py_func, signature, cc=(9, 0))
    except (NvvmError, NvvmSupportError, OSError) as error:
        pytest.skip(f"NVIDIA's compiler is not at hand: {error}")
    assert ".target sm_90" in ptx
    assert not any(word in ptx for word in ("\tsqrt.approx", "\tdiv.approx", "\tdiv.full", "atom."))


@needs_package
@pytest.mark.slow
@pytest.mark.parametrize(("precision", "relative"), [("single", 0.05), ("double", 1e-6)])
def test_device_gives_the_numbers_of_the_cpu(precision, relative):
    """The device rounds otherwise, which may turn a comparison: another cell, a touch, an edge."""
    from numba import cuda

    if SIMULATED or not cuda.is_available():
        pytest.skip("no CUDA device is at hand")
    check_device(precision, relative)
