"""Air of the particle engine from columns of hours: tables of all segments, and what kernels go by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.particle_surface import hit_loss
from sootprint.dispersion.particles.arrays import Air, Terrain
from sootprint.dispersion.particles.columns import HOUR, Columns, interpolate
from sootprint.dispersion.particles.tables import SIGMA_W, make_tables

BULK_TOP_M = 50.0
"""Layer by which widths of kernels and spacing of samples are chosen, at most half the lid [m]."""


def bridged(columns: Columns) -> tuple[Columns, NDArray[np.bool_]]:
    """Columns with the last served hour in place of each that is not served, and which those are.

    A particle on its way from or to a served hour passes such hours in the air of the last served hour before
    them, or of the first after where there is none before.

    Raises
    ------
    InputError
        If no hour is served, or the hours are not consecutive.
    """
    served = columns.reason == 0
    if not served.any():
        raise InputError("no hour can be served", cure="see the reasons of the hours")
    if len(columns.time) > 1 and (np.diff(columns.time) != HOUR).any():
        raise InputError("the hours are not consecutive", cure="give every hour a row, empty where unknown")
    index = np.where(served, np.arange(len(served)), -1)
    index = np.maximum.accumulate(index)
    index[index < 0] = int(np.argmax(served))
    fields = {
        name: (values if name in ("time", "z") else values[index])
        for name, values in columns._asdict().items()
    }
    return Columns(**fields), ~served


def air_of(columns: Columns, *, segments: int, step_s: float) -> Air:
    """Air of consecutive served hours.

    Parameters
    ----------
    columns : Columns
        Hours, all served; see `bridged`.
    segments : int
        Parts of an hour.
    step_s : float
        Step of an old particle [s].
    """
    parts = interpolate(columns, segments)
    tables, tops = make_tables(
        parts.z,
        (parts.wind_x, parts.wind_y, parts.sigma_w, parts.sigma_v, parts.time_w, parts.time_v),
        step_s,
    )
    return Air(
        tables=tables,
        tops=tops,
        bulk=_bulk(parts),
        lids=np.maximum(parts.lid, parts.z[1]),
        meander=np.stack([parts.meander_sigma, parts.meander_decay, parts.meander_turn], axis=1),
        hours=np.repeat(np.arange(len(columns.time)), segments).astype(np.int64),
    )


def _bulk(parts: Columns) -> Floats:
    level = np.clip(np.searchsorted(parts.z, np.minimum(0.5 * parts.lid, BULK_TOP_M)), 2, parts.z.size - 1)
    row = np.arange(len(parts.time))
    speed = np.hypot(parts.wind_x, parts.wind_y)
    wide = (parts.sigma_v, parts.time_v, parts.sigma_w, parts.time_w, speed)
    return np.stack([values[row, level] for values in wide], axis=1)


def terrain_arrays(
    u: NDArray[np.float32],
    v: NDArray[np.float32],
    w: NDArray[np.float32],
    levels: Floats,
    place: tuple[float, float, float],
) -> Terrain:
    """Terrain wind of cells from the C-grid of `sootprint.weather.terrain_wind.WindFields`.

    Parameters
    ----------
    u : float32 (hour, level, row, column + 1)
    v : float32 (hour, level, row + 1, column)
    w : float32 (hour, level + 1, row, column)
        Velocities through faces [m s⁻¹]; ``w`` relative to the ground.
    levels : float64 (level + 1)
        Heights of the horizontal faces above ground [m].
    place : tuple of float
        West and south edge and width of a cell [m].
    """
    faces = np.stack(
        [u[..., :-1], u[..., 1:], v[:, :, :-1], v[:, :, 1:], w[:, :-1], w[:, 1:]], axis=-1
    ).astype(np.float32)
    metres = np.arange(int(np.ceil(levels[-1])) + 1, dtype=float)
    finder = np.clip(np.searchsorted(levels, metres, side="right") - 1, 0, len(levels) - 2).astype(np.int64)
    return Terrain(np.ascontiguousarray(faces), levels.astype(np.float32), finder, np.array(place, float))


def absorbed_shares(air: Air, deposition: float, settling: float, sign: int = 1) -> Floats:
    """Part of a particle's weight that a touch of the ground takes in each segment [1]; see `hit_loss`.

    Backward in time v_d - v_s and -v_s stand for v_d and v_s: where the flux to the ground is
    v_s C + K dC/dz = v_d C, the adjoint C* has K dC*/dz = v_d C*, and its flux, of what rises with v_s, is
    (v_d - v_s) C*. Where v_d is less than v_s the touch adds weight.

    Parameters
    ----------
    air : Air
    deposition, settling : float
        v_d and v_s [m s⁻¹].
    sign : int
        1 forward, -1 backward.
    """
    if sign < 0:
        deposition, settling = deposition - settling, -settling
    if deposition == 0.0:
        return np.zeros(air.tops.size)
    return np.array([hit_loss(deposition, settling, float(sigma)) for sigma in air.tables[:, 0, SIGMA_W]])
