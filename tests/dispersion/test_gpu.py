"""The plume on a CUDA device: in numba's simulator, compiled for a device, and on one where it is at hand."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import layered_air as air
import numba
import numpy as np
import pytest

from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion.engines import gpu, points
from sootprint.dispersion.engines.atmosphere import weather_arrays
from sootprint.dispersion.engines.steady import forward_steady
from sootprint.dispersion.kernels.release import CAPPED

HERE = Path(__file__).parent
HAS_PACKAGE = importlib.util.find_spec("numba_cuda") is not None
SIMULATED = bool(numba.config.ENABLE_CUDASIM)

needs_package = pytest.mark.skipif(not HAS_PACKAGE, reason="numba-cuda is not installed (extra 'cuda')")


def weather(direction=250.0):
    """Two convective, a calm and two stable hours."""
    whole, _ = weather_arrays(air.boundary_layer(direction), None, base_elevation=0.0)
    return air.hour(whole, air.CONVECTIVE, air.STABLE, 6, air.VERY_STABLE, air.LIGHT)


def receptors(count=48, **changed):
    rng = np.random.default_rng(7)
    distance, angle = np.geomspace(150.0, 8000.0, count), rng.uniform(0.0, 2.0 * np.pi, count)
    angle[::2] = np.deg2rad(70.0) + rng.normal(0.0, 0.1, angle[::2].size)
    return air.receivers(distance * np.sin(angle), distance * np.cos(angle), **changed)


def emitters(**changed):
    return air.stacks(
        changed,
        {"height": 150.0, "exit_velocity": 25.0, "diameter": 5.0, "x": 300.0, "decay": 2e-4} | changed,
        {"kind": CAPPED, "height": 15.0, "y": -200.0, "exit_velocity": 4.0} | changed,
        air.volume(x=-400.0, **changed),
    )


def walled(sources):
    building = sources.building.copy()
    building[1] = 0
    return sources._replace(
        building=building, buildings=np.broadcast_to([160.0, 80.0, 60.0, 0.0, 0.0], (1, 36, 5)).copy()
    )


def cases():
    """Scenes by name: level ground by curves, hills receptor by receptor, an uncertain wind."""
    hills = np.linspace(0.0, 90.0, 12)
    return {
        "curves": (weather(), receptors(), emitters(), {}),
        "hills": (weather(), receptors(12, elevation=hills, hill=hills + 60.0), emitters(flat=0), {}),
        "uncertain": (weather(30.0), receptors(), emitters(), {"direction_spread": 0.1}),
    }


def reduced(hours, places, sources):
    """Rates for sums of two groups and for means, and both made from the operator of the CPU."""
    rng = np.random.default_rng(3)
    grouped = rng.uniform(0.0, 5.0, (hours.served.size, sources.x.size, 2))
    single = rng.uniform(0.0, 5.0, (1, sources.x.size))
    whole = forward_steady(hours, places, sources)
    sums = np.einsum("trs,tsg->trg", whole, grouped)
    return grouped, single, sums, np.nanmean(whole * single[:, np.newaxis], axis=0)


def assert_same(made, wanted, relative):
    """NaN at the same places; elsewhere equal to a share of the hour's maximum."""
    np.testing.assert_array_equal(np.isnan(made), np.isnan(wanted))
    scale = np.nanmax(np.abs(wanted), axis=tuple(range(1, wanted.ndim)), keepdims=True, initial=0.0)
    assert np.nanmax(np.abs(made - wanted) / np.where(scale > 0.0, scale, 1.0)) < relative


@mock.patch.object(points, "CURVE_PAYS", 1.0)
def check_device(relative):
    """All that a device gives, against the CPU; called in the simulator and on a device.

    Few receptors must do here, so that curves are taken for fewer than they pay for.
    """
    for name, (hours, places, sources, options) in cases().items():
        nodes = points.grid_of(places, sources, gpu.STEP).nodes
        assert (nodes > 0).all() == (name != "hills")
        wanted = forward_steady(hours, places, sources, **options)
        assert_same(gpu.forward_cuda(hours, places, sources, block_hours=2, **options), wanted, relative)
    hours, places, sources, _ = cases()["curves"]
    grouped, single, sums, means = reduced(hours, places, sources)
    assert_same(gpu.sums_cuda(hours, places, sources, grouped, block_hours=2), sums, relative)
    assert_same(gpu.means_cuda(hours, places, sources, single, block_hours=2), means, relative)
    with pytest.warns(RuntimeWarning, match="1 of 4 sources are not served by device 'cuda'"):
        made = gpu.forward_cuda(hours, places, walled(sources))
    assert_same(made, forward_steady(hours, places, walled(sources)), relative)
    with pytest.raises(InputError, match="1 of 4 sources"):
        gpu.sums_cuda(hours, places, walled(sources), grouped)


def test_a_missing_package_is_named_with_its_cure(monkeypatch):
    monkeypatch.setattr(gpu, "find_spec", lambda name: None)
    monkeypatch.setattr(numba.config, "ENABLE_CUDASIM", 0)
    with pytest.raises(ConfigError, match="sootprint\\[cuda\\]"):
        gpu.forward_cuda(weather(), receptors(), emitters())


def test_a_missing_device_is_named_with_its_cure(monkeypatch):
    from numba import cuda

    monkeypatch.setattr(gpu, "find_spec", lambda name: "found")
    monkeypatch.setattr(cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="no CUDA device") as raised:
        gpu.forward_cuda(weather(), receptors(), emitters())
    assert "device='cpu'" in raised.value.cure


@mock.patch.object(points, "CURVE_PAYS", 1.0)
def test_long_curves_areas_and_walls_are_left_to_the_cpu():
    sources = walled(emitters())
    sources = sources._replace(last_vertex=np.array([0, 0, 4, 0]))
    grid = points.grid_of(receptors(), sources, gpu.STEP)
    assert gpu.on_device(sources, grid, 100).tolist() == [True, False, False, True]
    assert not gpu.on_device(sources, grid, 3).any()


def test_simulated_device_gives_the_numbers_of_the_cpu():
    """The simulator runs the threads of the kernels in Python; what they call is compiled for the CPU."""
    code = (
        "import test_gpu; from sootprint.dispersion.engines import gpu_kernels\n"
        "gpu_kernels.THREADS = 8; test_gpu.check_device(1e-12); print('same')"
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


def kernel_arguments(kernels):
    hours, places, sources, _ = cases()["curves"]
    grid = points.grid_of(places, sources, gpu.STEP)
    target = kernels.Target(np.zeros((hours.served.size, places.x.size, sources.x.size)))
    whole = (target, 0, np.arange(4), hours, places, sources, grid, 0.0)
    sums = kernels.Reduced(np.zeros((1, 1, 1)), np.zeros((1, 1, 1)))
    means = kernels.Reduced(np.zeros((1, 1)), np.zeros((1, 1)))
    return {
        "curve_kernel": whole,
        "direct_kernel": whole,
        "sum_kernel": (sums, target, 0),
        "add_kernel": (means, target, 0, 1, hours),
    }


@needs_package
@pytest.mark.slow
@pytest.mark.parametrize("name", ["curve_kernel", "direct_kernel", "sum_kernel", "add_kernel"])
def test_kernels_compile_for_a_device_of_capability_9(name, monkeypatch):
    """PTX in double precision, no device needed; skipped where NVIDIA's compiler is absent."""
    from numba import cuda
    from numba.cuda import dispatcher
    from numba.cuda.cudadrv.error import NvvmError, NvvmSupportError

    from sootprint.dispersion.engines import gpu_kernels

    # Functions that a kernel calls are compiled for the device at hand, and there is none.
    monkeypatch.setattr(
        dispatcher, "get_current_device", lambda: type("Device", (), {"compute_capability": (9, 0)})
    )
    signature = tuple(numba.typeof(item) for item in kernel_arguments(gpu_kernels)[name])
    try:
        ptx, _ = cuda.compile_ptx(getattr(gpu_kernels, name).py_func, signature, cc=(9, 0))
    except (NvvmError, NvvmSupportError, OSError) as error:
        pytest.skip(f"NVIDIA's compiler is not at hand: {error}")
    assert ".target sm_90" in ptx
    # Approximations are left to the device's own functions, which begin their iterations with them.
    assert "fma.rn.f64" in ptx
    assert not any(word in ptx for word in ("\tsqrt.approx", "\tdiv.approx", "\tdiv.full"))


@needs_package
@pytest.mark.slow
def test_device_gives_the_numbers_of_the_cpu():
    """Functions of the device round otherwise, and may turn a comparison on the edge: 1e-7 of the maximum."""
    from numba import cuda

    if SIMULATED or not cuda.is_available():
        pytest.skip("no CUDA device is at hand")
    check_device(1e-7)
