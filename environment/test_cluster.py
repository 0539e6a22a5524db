"""Runs that are shared between machines write what one machine writes, byte for byte.

Shards: processes on this machine, some of them killed. Spark: a standalone cluster on localhost, a
master and two workers with one core each; executors are killed, and the driver is.
"""

import argparse
import concurrent.futures
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
SUBMIT = ROOT / "environment/cluster/submit"
SBATCH = ROOT / "environment/cluster/shards.sbatch"
# Processes that live for seconds: the second compiler would cost more than it gains.
QUICK = "-XX:TieredStopAtLevel=1"
ONE_THREAD = {**os.environ, "HEADSCOPE_THREADS": "1", "HEADSCOPE_JAVA_OPTS": QUICK}

# Small groups, so that there are many to be lost.
ABLATION = "run ablation --model reference --lengths 64,96 --depths 0,50 --runs 4 --group 16" \
    " --ranking-samples 6 --max-new-tokens 64 --mask-mode mean".split()
DYNAMISM = "run dynamism --model reference --lengths 64,96 --n 48 --ranking-samples 8 --group 1" \
    " --max-new-tokens 64".split()
# Groups that take long enough to be compared.
SCALING = "run dynamism --model reference --lengths 256 --n 120 --ranking-samples 8 --group 4" \
    " --max-new-tokens 64".split()


def say(text):
    print(text, flush=True)


def run(words, env=None):
    """Runs a command to its end; fails with what it said."""
    words = [str(word) for word in words]
    done = subprocess.run(words, capture_output=True, text=True, env=env or ONE_THREAD)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
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


def wait(until, seconds=900, step=0.05):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "nothing happened for too long"
        time.sleep(step)


def kill(process):
    """The process and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Slurm:
    """Stands in for SLURM: writes down what it is told, and gives a task what it finds there."""

    def __init__(self, folder):
        self.folder = folder / "slurm"
        self.folder.mkdir()
        self.told = self.folder / "told"
        for name in ("sbatch", "scontrol"):
            tool = self.folder / name
            tool.write_text(
                f'#!/bin/sh\necho {name} "$@" >>"{self.told}"\ngrep -c "" "{self.told}"\n')
            tool.chmod(0o755)

    def env(self, i=0):
        env = {**ONE_THREAD, "PATH": f"{self.folder}:{os.environ['PATH']}", "HEADSCOPE": str(ROOT),
               "SLURM_CPUS_PER_TASK": "1", "SLURM_ARRAY_JOB_ID": "9",
               "SLURM_ARRAY_TASK_ID": str(i), "SLURM_ARRAY_TASK_COUNT": "16"}
        del env["HEADSCOPE_THREADS"]
        return env

    def submit(self):
        """What submit hands in: an array a stage behind the other, and what merges."""
        run([SUBMIT, "--shards", 16, "--stages", 2, "--sbatch", "--partition=short",
             "--merged", "table", *DYNAMISM, "--out", "shards"], self.env())
        words = " ".join([str(SBATCH), *DYNAMISM, "--out", "shards"])
        after = "--dependency=afterok:{} --kill-on-invalid-dep=yes --partition=short"
        told = self.told.read_text().splitlines()
        assert told == [
            f"sbatch --parsable --array=1-16 --partition=short {words}",
            f"sbatch --parsable --array=1-16 {after.format(1)} {words}",
            f"sbatch --parsable {after.format(2)} --job-name=headscope-merge"
            f" --wrap {HEADSCOPE} merge shards --out table ",
        ], told
        say("three jobs are handed in, each behind the one before it")

    def task(self, out, i):
        run(["bash", SBATCH, *DYNAMISM, "--out", out], self.env(i))

    def limit(self, out, i):
        """Tells a task that its time is nearly over, when it begins its groups."""
        process = subprocess.Popen(
            ["bash", SBATCH, *DYNAMISM, "--out", out], env=self.env(i), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        about = out / f"shard-{i:02}-of-16/shard.json"
        wait(lambda: about.exists() or process.poll() is not None)
        process.send_signal(signal.SIGUSR1)
        assert process.wait(timeout=900) == 0, process.returncode
        last = self.told.read_text().splitlines()[-1]
        assert last == f"scontrol requeue 9_{i}", last
        say(f"shard {i} came to its time limit and is queued again")


def kill_shard(out, i):
    """Kills a shard between the first and the last of its three groups of the evaluation."""
    done = out / f"shard-{i:02}-of-16/groups"
    had = len(list(done.glob("*.jsonl")))
    process = subprocess.Popen(
        [HEADSCOPE, *DYNAMISM, "--out", out, "--shard", f"{i}/16"], env=ONE_THREAD,
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    wait(lambda: len(list(done.glob("*.jsonl"))) > had or process.poll() is not None)
    kill(process)
    new = len(list(done.glob("*.jsonl"))) - had
    assert 0 < new < 3, f"shard {i} had {new} of its 3 groups when it was killed"
    say(f"shard {i} was killed behind group {new} of 3")


def shards(folder, whole):
    """Sixteen shards, of which some are ended and taken up, two at a time."""
    out = folder / "shards"
    slurm = Slurm(folder)
    slurm.submit()
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        # the ranking has eight groups; who finds all of them goes on with the evaluation
        list(two.map(lambda i: slurm.task(out, i), range(2, 9)))
        slurm.task(out, 1)
        list(two.map(lambda i: kill_shard(out, i), (2, 7, 16)))
        slurm.limit(out, 12)
        list(two.map(lambda i: slurm.task(out, i), range(2, 17)))
    merged = folder / "merged"
    run([HEADSCOPE, "merge", out, "--out", merged])
    assert_same(merged, whole, "16 shards, 3 of them killed and taken up, 1 at its time limit")


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
                     "SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": QUICK},
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
            "--conf", "spark.executor.heartbeatInterval=2s",
            "--conf", f"spark.driver.defaultJavaOptions={QUICK}",
            "--conf", f"spark.executor.defaultJavaOptions={QUICK}", *more,
        ]

    def start_run(self, run_words, out, *more):
        self.log = self.folder / f"{out.name}.log"
        with open(self.log, "a") as log:
            self.processes.append(
                subprocess.Popen(
                    self.words(run_words, out, *more), stdout=log, stderr=log,
                    env={**ONE_THREAD, "SPARK_HOME": str(self.home)}, start_new_session=True,
                )
            )
        return self.processes[-1]

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
        wait(lambda: process.poll() is not None
             or (lines(out) >= 12 and len(cluster.executors()) == 2))
        assert process.poll() is None, cluster.log.read_text()
        executors = cluster.executors()
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
    """Groups a minute of the evaluation by one worker and by two, when all of them are at work."""
    for workers in (1, 2):
        place = folder / f"scaling-{workers}"
        place.mkdir()
        with Cluster(home, place, workers) as cluster:
            out = place / "out"
            process = cluster.start_run(SCALING, out)
            wait(lambda: lines(out) >= 24 or process.poll() is not None)
            first, begin = lines(out), time.time()
            cluster.finish(process)
            # to the last line, not to the end of the process
            seconds = (out / "results.jsonl").stat().st_mtime - begin
            groups = (lines(out) - first) / 4
            say(f"{workers} executor(s) of one core: {60 * groups / seconds:.0f} groups a minute"
                f" ({groups:.0f} groups in {seconds:.1f} s)")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=("shards", "spark", "scaling"))
    options.add_argument("--spark-home", type=pathlib.Path)
    asked = options.parse_args()
    passed = 0
    with tempfile.TemporaryDirectory(
        prefix="headscope-cluster-", ignore_cleanup_errors=True  # executors may be dying
    ) as name:
        folder = pathlib.Path(name)
        begin = time.monotonic()
        if asked.only == "scaling":
            scaling(folder, asked.spark_home)
            return
        dynamism, ablation = folder / "dynamism", folder / "ablation"
        run([HEADSCOPE, *DYNAMISM, "--out", dynamism])
        if asked.only in (None, "shards"):
            shards(folder, dynamism)
            passed += 1
        if asked.only in (None, "spark"):
            run([HEADSCOPE, *ABLATION, "--out", ablation])
            spark(folder, asked.spark_home, ablation, dynamism)
            passed += 3
        say(f"{time.monotonic() - begin:.0f} s")
        say(f"cluster: {passed} passed, 0 failed")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as e:
        sys.exit(f"test_cluster.py: {e}")
