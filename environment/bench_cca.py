#!/usr/bin/env python3
"""Offset CCA against numpy and scipy on the same random low-rank data, measured in turn.

    python3 environment/bench_cca.py --classpath "kernel-lib/target/classes:kernel-lib/target/test-classes:kernel-lib/target/lib/*"

Needs numpy, scipy and safetensors, and compiled tests (mvn test-compile). Both sides do the whole of it:
PCA and CCA on all pairs, the same on 70 % of the generations and the rest projected,
and shuffled scores. numpy is given the economical way, eigenvectors of the covariance (--svd: the plain
one), and shuffles as headscope does them, without decomposing the sides again.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.linalg
from safetensors.numpy import load_file, save_file

MASK = (1 << 64) - 1


def permutation(n, seed):
    """Fisher and Yates by SplitMix64: headscope.draw.Draws."""
    state, order = seed & MASK, list(range(n))
    for i in range(n - 1, 0, -1):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        j = (z - (1 << 64) if z >> 63 else z) % (i + 1)
        order[i], order[j] = order[j], order[i]
    return np.array(order)


def pca(x, share, svd):
    mean = x.mean(0)
    centred = x - mean
    if svd:
        _, s, vt = np.linalg.svd(centred, full_matrices=False)
        squares, v = s ** 2, vt.T
    else:
        squares, v = scipy.linalg.eigh(centred.T @ centred, overwrite_a=True, driver="evd")
        squares, v = squares[::-1].clip(0), v[:, ::-1]
    q = int(np.searchsorted(np.cumsum(squares) / squares.sum(), share) + 1)
    return mean, v[:, :q]


def side(z):
    mean = z.mean(0)
    u, s, vt = np.linalg.svd(z - mean, full_matrices=False)
    keep = s > 1e-10 * s[0]
    return mean, u[:, keep], vt[keep].T / s[keep]


def fit(x, y, svd):
    low, high = y.min(0), y.max(0)
    scale = lambda rows: np.where(high > low, (rows - low) / np.where(high > low, high - low, 1), 0)
    scaled = scale(y)
    mx, vx = pca(x, .95, svd)
    my, vy = pca(scaled, .99, svd)
    zx, zy = (x - mx) @ vx, (scaled - my) @ vy
    cx, ux, wx = side(zx)
    cy, uy, wy = side(zy)
    a, r, bt = np.linalg.svd(ux.T @ uy, full_matrices=False)
    project = lambda p, q: ((((p - mx) @ vx) - cx) @ wx @ a, (((scale(q) - my) @ vy) - cy) @ wy @ bt.T)
    return vx.shape[1], vy.shape[1], r, ux, uy, project


def reading(q, p, r):
    return [q, p, float(r[0]), float(r[:10].mean()), float(r[:50].mean())]


def reference(data, offsets, shuffles, svd):
    steps = int(data["steps"][0])
    x = data["hidden"].astype(np.float64).reshape(-1, steps, data["hidden"].shape[1])
    y = data["scores"].astype(np.float64).reshape(-1, steps, data["scores"].shape[1])
    order = permutation(len(x), 0)
    train = np.sort(order[: int(.7 * len(x))])
    test = np.sort(order[int(.7 * len(x)):])
    flat = lambda rows: rows.reshape(-1, rows.shape[-1])
    readings = []
    for k in offsets:
        a, b = x[:, : steps - k], y[:, k:]
        q, p, r, ux, uy, _ = fit(flat(a), flat(b), svd)
        readings.append(reading(q, p, r))
        q2, p2, _, _, _, project = fit(flat(a[train]), flat(b[train]), svd)
        s, t = project(flat(a[test]), flat(b[test]))
        n = min(s.shape[1], 50)
        readings.append(reading(q2, p2, np.array([np.corrcoef(s[:, i], t[:, i])[0, 1] for i in range(n)])))
        shuffled = np.mean(
            [scipy.linalg.svdvals(ux.T @ uy[permutation(len(uy), 1000 * k + i)])[:50] for i in range(shuffles)], 0)
        readings.append(reading(q, p, shuffled))
    return readings


def make(path, rows, hidden, heads, rank, steps, noise):
    rng = np.random.default_rng(0)
    z = rng.standard_normal((rows, rank), dtype=np.float32)
    x = z @ (rng.standard_normal((rank, hidden), dtype=np.float32) * np.linspace(1, .2, rank, dtype=np.float32)[:, None])
    w = np.where(rng.random((rank, 1)) < .5, z.T, rng.standard_normal((rank, rows), dtype=np.float32)).T
    y = w @ rng.standard_normal((rank, heads), dtype=np.float32)
    x += noise * rng.standard_normal(x.shape, dtype=np.float32)
    y += noise * rng.standard_normal(y.shape, dtype=np.float32)
    save_file({"hidden": x, "scores": y.astype(np.float32), "steps": np.array([steps], dtype=np.int32)}, path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--classpath", required=True)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--hidden", type=int, default=4096)
    parser.add_argument("--heads", type=int, default=1024)
    parser.add_argument("--rank", type=int, default=200)
    parser.add_argument("--noise", type=float, default=.01)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--offsets", default="0")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--svd", action="store_true", help="numpy by plain SVD")
    parser.add_argument("--numpy-only", metavar="FILE", help=argparse.SUPPRESS)
    args = parser.parse_args()
    offsets = [int(k) for k in args.offsets.split(",")]
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if args.numpy_only:
        data = load_file(args.numpy_only)
        before, start = peak(), time.perf_counter()
        readings = reference(data, offsets, 20, args.svd)
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "before_mb": before, "peak_mb": peak(), "readings": readings}))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "data.safetensors")
        make(file, args.rows, args.hidden, args.heads, args.rank, args.steps, args.noise)
        numpy_command = [sys.executable, *sys.argv, "--numpy-only", file]
        java_command = ["java", "-Xmx1g", "-cp", args.classpath,
                        "headscope.correlation.OffsetCcaBenchmark", file, args.offsets]
        print(f"input as float32: {os.path.getsize(file) >> 20} MB")
        for _ in range(args.rounds):
            results = []
            for name, command in (("numpy", numpy_command), ("headscope", java_command)):
                result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                results.append(result)
                print(f"{name:10} {result['seconds']:8.1f} s, peak {result['peak_mb']} MB"
                      f" ({result['before_mb']} MB before)", flush=True)
            difference = np.abs(np.array(results[0]["readings"]) - np.array(results[1]["readings"])).max()
            print(f"ratio {results[1]['seconds'] / results[0]['seconds']:.2f}, greatest difference {difference:.1e}")


if __name__ == "__main__":
    main()
