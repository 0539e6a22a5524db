"""Runs that are shared between machines write what one machine writes, byte for byte.

Shards: processes on this machine, some of them killed. Spark: a standalone cluster on localhost, a
master and two workers with one core each; executors are killed, and the driver is.
"""

import argparse
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADSCOPE = ROOT / "environment/headscope"
SPARK_RUN = ROOT / "environment/spark-run"
ONE_THREAD = {**os.environ, "HEADSCOPE_THREADS": "1"}

# Small groups, so that there are many to be lost.
ABLATION = "run ablation --model reference --lengths 64,96 --depths 0,50 --runs 4 --group 16" \
    " --ranking-samples 6 --max-new-tokens 24 --mask-mode mean".split()
DYNAMISM = "run dynamism --model reference --lengths 64,96 --n 40 --ranking-samples 8 --group 2" \
    " --max-new-tokens 24".split()


def say(text):
    print(text, flush=True)


def run(words, **how):
    """Runs a command to its end; fails with what it said."""
    done = subprocess.run(words, capture_output=True, text=True, env=ONE_THREAD, **how)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done


def files(folder):
    return {
        f.relative_to(folder): f.read_bytes()
        for f in sorted(folder.rglob("*"))
        if f.is_file() and f.name != "times.jsonl"
    }


def assert_same(found, whole, what):
    one, other = files(found), files(whole)
    assert one.keys() == other.keys(), f"{what}: {one.keys() ^ other.keys()}"
    differing = [str(f) for f in one if one[f] != other[f]]
    assert not differing, f"{what}: {differing} differ"
    say(f"{what}: {len(one)} files, the same bytes")


def lines(folder):
    with contextlib.suppress(FileNotFoundError):
        return (folder / "results.jsonl").read_bytes().count(b"\n")
    return 0


def wait(until, seconds=240, step=0.05):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "nothing happened for too long"
        time.sleep(step)


def kill(process):
    """The process and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def shards(folder, whole):
    """Sixteen shards, of which three are killed and taken up."""
    out = folder / "shards"
    killed = 0
    for stage in ("ranking", "evaluation"):
        for i in range(1, 17):
            words = [HEADSCOPE, *DYNAMISM, "--out", out, "--shard", f"{i}/16"]
            mine = out / f"shard-{i:02}-of-16/groups"
            if stage == "evaluation" and i in (2, 7, 16):
                had = len(list(mine.glob("*.jsonl")))
                process = subprocess.Popen(
                    words, env=ONE_THREAD, start_new_session=True,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
                traces = out / f"shard-{i:02}-of-16/traces"
                seen = len(list(traces.glob("*.safetensors"))) if traces.exists() else 0
                wait(lambda: process.poll() is not None
                     or len(list(traces.glob("*.safetensors"))) > seen)
                killed += process.poll() is None
                kill(process)
                say(f"shard {i} killed with {len(list(mine.glob('*.jsonl'))) - had} groups new")
            run(words)
    assert killed == 3, f"{killed} shards were killed, the others were through before"
    merged = folder / "merged"
    run([HEADSCOPE, "merge", out, "--out", merged])
    assert_same(merged, whole, "16 shards, 3 of them killed and taken up")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cluster:
    """A standalone cluster on localhost."""

    def __init__(self, home, folder, workers):
        self.home, self.folder, self.workers = home, folder, workers
        self.processes = []

    def __enter__(self):
        port = free_port()
        self.url = f"spark://127.0.0.1:{port}"
        self.start("Master", "--host", "127.0.0.1", "--port", port, "--webui-port", free_port())
        wait(lambda: self.listens(port))
        for i in range(self.workers):
            self.start(
                "Worker", self.url, "--cores", 1, "--memory", "3g", "--host", "127.0.0.1",
                "--work-dir", self.folder / f"work-{i}", "--webui-port", free_port(),
            )
        return self

    @staticmethod
    def listens(port):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    def start(self, role, *words):
        log = open(self.folder / f"{role}-{len(self.processes)}.log", "w")
        package = f"org.apache.spark.deploy.{role.lower()}.{role}"
        self.processes.append(
            subprocess.Popen(
                [self.home / "bin/spark-class", package, *map(str, words)],
                stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "SPARK_HOME": str(self.home), "SPARK_LOCAL_IP": "127.0.0.1",
                     "SPARK_DAEMON_MEMORY": "256m"},
            )
        )

    def executors(self):
        """Process ids of the executors of these workers: they stand in the workers' folders."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes().split(b"\0")
                if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words:
                    if os.readlink(process / "cwd").startswith(str(self.folder)):
                        found.append(int(process.name))
        return found

    def words(self, run_words, out, *more):
        return [
            SPARK_RUN, *run_words, "--out", out, "--master", self.url, "--installed",
            "--executor-memory", "1g", "--driver-memory", "1g",
            "--conf", "spark.ui.enabled=false", "--conf", "spark.driver.host=127.0.0.1",
            "--conf", "spark.executor.heartbeatInterval=2s", *more,
        ]

    def start_run(self, run_words, out, *more):
        self.log = self.folder / f"{out.name}.log"
        with open(self.log, "a") as log:
            return subprocess.Popen(
                self.words(run_words, out, *more), stdout=log, stderr=log, env=ONE_THREAD,
                start_new_session=True,
            )

    def finish(self, process):
        code = process.wait(timeout=900)
        assert code == 0, f"exit code {code}\n{self.log.read_text()}"

    def __exit__(self, *_):
        for process in reversed(self.processes):
            kill(process)
        for executor in self.executors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(executor, signal.SIGKILL)


def spark(folder, home, ablation, dynamism):
    with Cluster(home, folder, 2) as cluster:
        out = folder / "spark-ablation"
        cluster.finish(cluster.start_run(ABLATION, out))
        assert_same(out, ablation, "ablation on two executors")

        out = folder / "spark-killed-executor"
        process = cluster.start_run(DYNAMISM, out, "--conf", "spark.speculation=true")
        wait(lambda: lines(out) >= 12 or process.poll() is not None)
        assert process.poll() is None, cluster.log.read_text()
        executors = cluster.executors()
        assert len(executors) == 2, executors
        os.kill(executors[0], signal.SIGKILL)
        at = lines(out)
        cluster.finish(process)
        say(f"an executor was killed behind line {at} of {lines(out)}")
        assert at < lines(out), "it was killed too late"
        assert_same(out, dynamism, "dynamism with an executor that was killed")

        out = folder / "spark-killed-driver"
        process = cluster.start_run(DYNAMISM, out)
        wait(lambda: lines(out) >= 12 or process.poll() is not None)
        kill(process)
        at = lines(out)
        assert 0 < at < lines(dynamism), f"{at} lines were written when the driver was killed"
        wait(lambda: not cluster.executors())
        cluster.finish(cluster.start_run(DYNAMISM, out))
        say(f"the driver was killed behind line {at} and started again")
        assert_same(out, dynamism, "dynamism with a driver that was killed")


def scaling(folder, home):
    """Groups a minute by one worker and by two, from the first group on."""
    for workers in (1, 2):
        place = folder / f"scaling-{workers}"
        place.mkdir()
        with Cluster(home, place, workers) as cluster:
            out = place / "out"
            process = cluster.start_run(DYNAMISM, out)
            wait(lambda: lines(out) >= 12)
            first, begin = lines(out), time.monotonic()
            cluster.finish(process)
            # to the last line, not to the end of the process
            seconds = max(f.stat().st_mtime for f in [out / "results.jsonl"]) - (
                time.time() - (time.monotonic() - begin))
            groups = (lines(out) - first) / 2
            say(f"{workers} executor(s) of one core: {60 * groups / seconds:.0f} groups a minute"
                f" ({groups:.0f} groups in {seconds:.1f} s)")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=("shards", "spark", "scaling"))
    options.add_argument("--spark-home", type=pathlib.Path)
    asked = options.parse_args()
    passed = 0
    with tempfile.TemporaryDirectory(prefix="headscope-cluster-") as name:
        folder = pathlib.Path(name)
        begin = time.monotonic()
        if asked.only != "scaling":
            dynamism = folder / "dynamism"
            run([HEADSCOPE, *DYNAMISM, "--out", dynamism])
        if asked.only in (None, "shards"):
            shards(folder, dynamism)
            passed += 1
        if asked.only in (None, "spark"):
            ablation = folder / "ablation"
            run([HEADSCOPE, *ABLATION, "--out", ablation])
            spark(folder, asked.spark_home, ablation, dynamism)
            passed += 3
        if asked.only == "scaling":
            scaling(folder, asked.spark_home)
        say(f"cluster: {passed} passed, 0 failed in {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as e:
        sys.exit(f"test_cluster.py: {e}")
