"""Runs notebooks with the Java kernel, one after the other, and keeps what they produce.

The executed copy of a notebook appears in one move when all of its cells are done, with a
fingerprint of everything that went into it. What is there and unchanged is not run again, so
a run that was killed goes on where it stopped.
"""

import argparse
import asyncio
import copy
import fcntl
import hashlib
import itertools
import json
import os
import pathlib
import platform
import re
import signal
import sys
import time
from decimal import Decimal

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

import sentences
from lint_notebooks import KERNELSPEC, LANGUAGE_INFO, OUTPUT_LIMIT, lint

MINE = "headscope"  # key of our own entry in the metadata of a notebook
REFERENCE = "reference"
PACKAGE = re.compile(r"^(?:[a-z]\w*\.)+(?=[A-Z])")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
TOOK = re.compile(r", took (?:[\d.]+ s|\d+ min \d+ s|\d+ h \d+ min)$")
SEED = re.compile(r"\bseed\w*\s*=\s*(-?\d+)|\bwithSeed\(\s*(-?\d+)")
DEFAULT_SEED = 1  # of what the library draws where a cell names no seed
# How far a number may be from the one that is committed: another processor rounds in another way.
TOLERANCE = Decimal("1e-3")  # of the number
LAST_DIGIT = Decimal("1e-4")


def main():
    options = parsed()
    options.out.mkdir(parents=True, exist_ok=True)
    with open(options.out / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"run_notebooks: another run is writing to {options.out}; wait for it or use --out")
        try:
            sys.exit(asyncio.run(run_all(options, chosen(options))))
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("\nstopped; the same command goes on from here", flush=True)
            sys.exit(130)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--jar", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--model", default="", help="its name; empty: each notebook's own")
    parser.add_argument("--model-path", type=pathlib.Path, help="the folder or file of that name")
    parser.add_argument("--here", default="", help="models that are here, beside reference")
    parser.add_argument("--sizes", default="live", choices=["live", "middle", "paper"])
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--timeout", type=int, help="seconds for one cell, 0 for none")
    parser.add_argument("--java-opts", default="", help="added to the kernel's flags")
    parser.add_argument("--lint", action="store_true", help="lint each notebook before it is run")
    parser.add_argument("--compare", action="store_true", help="with the committed outputs")
    parser.add_argument("--update-committed", action="store_true")
    options = parser.parse_args()
    options.out = options.out.absolute()
    if options.timeout is None:
        options.timeout = 3600 if options.sizes == "live" else 0
    return options


def chosen(options):
    """The notebooks to run: numbered ones first and by number, then the others by name."""
    if not options.notebooks.is_dir():
        print(f"there are no notebooks: {options.notebooks} does not exist")
        return []
    found = [
        path
        for path in options.notebooks.rglob("*.ipynb")
        if not any(part.startswith(".") for part in path.relative_to(options.notebooks).parts)
    ]
    found.sort(key=lambda path: (number(path) is None, number(path) or 0, str(path)))
    wanted = [word for word in options.only.split(",") if word]
    for word in wanted:
        if not any(matches(path, word) for path in found):
            names = ", ".join(path.stem for path in found) or "none"
            sys.exit(f"run_notebooks: no notebook is called {word}; there are {names}")
    return [path for path in found if not wanted or any(matches(path, w) for w in wanted)]


def number(path):
    digits = re.match(r"\d+", path.stem)
    return int(digits.group()) if digits else None


def matches(path, word):
    return path.stem == word or (word.isdigit() and number(path) == int(word))


async def run_all(options, paths):
    library = fingerprint_of_library(options)
    width = max((len(name(options, path)) for path in paths), default=0)
    passed = failed = 0
    outcomes = {}
    for path in paths:
        label = name(options, path).ljust(width)
        line = Line(label)
        try:
            outcome = await run_one(options, path, library, line)
        except Failure as failure:
            line.finish(f"FAILED {failure.seconds:8.1f} s  {failure}")
            failed += 1
            outcomes[name(options, path)] = f"failed: {failure}"
            continue
        line.finish(outcome)
        passed += 1
        outcomes[name(options, path)] = "ok" if outcome.startswith("ok") else outcome
    record(options, outcomes)
    print(f"{passed} passed, {failed} failed", flush=True)
    if paths and not options.lint:
        print(f"results are in {options.out}", flush=True)
    return 1 if failed else 0


def record(options, outcomes):
    """Says beside the results what they come from; the report shows it. No times: see FORMATS.md."""
    path = options.out / "reproduce.json"
    try:
        before = json.loads(path.read_text(encoding="utf-8"))["notebooks"]
    except (OSError, ValueError, KeyError, TypeError):
        before = {}
    content = {
        "options": {
            "model": options.model or "each notebook's own",
            "sizes": options.sizes,
            **({"java options": options.java_opts} if options.java_opts else {}),
        },
        "environment": {
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "processors": os.cpu_count(),
        },
        "notebooks": dict(sorted({**before, **outcomes}.items())),
    }
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


async def run_one(options, path, library, line):
    """Brings one executed copy up to date and says in a word what was done."""
    if options.lint and (findings := lint(path)):
        raise Failure("lint" + "".join(f"\n    {finding}" for finding in findings), 0)
    notebook = nbformat.read(path, as_version=4)
    if notebook.metadata.get(MINE, {}).get("run") is False:
        return "not to be run (its metadata says so)"
    if any("checksum" in cell.metadata.get("nbgrader", {}) for cell in notebook.cells):
        return "not to be run (to be filled in by students; environment/class --test does)"
    target = options.out / "notebooks" / path.relative_to(options.notebooks)
    own, taken = subjects(options, notebook)
    inputs = fingerprint(notebook, library, taken)
    finished = None if options.fresh else finished_copy(options, target, inputs)
    if finished is None:
        begin = time.time()
        finished = await executed(options, path, notebook, target, inputs, line)
        outcome = f"ok     {time.time() - begin:8.1f} s"
        if taken != own:
            outcome += f"  on {taken}" + ("" if options.model else f": {own} is not here")
    else:
        outcome = f"ok     {'':8}    finished before, nothing has changed"
    if options.update_committed:
        if taken != own:
            raise Failure(f"{own} is not here, so that its outputs stay as they are", 0)
        write(path, committed(finished))
    complete = taken == own and (
        "smollm2" in options.here.split(",")
        or not any("realModel()" in cell.source for cell in notebook.cells)
    )
    if options.compare and complete and (difference := stale(notebook, finished)):
        raise Failure(f"{difference}; environment/reproduce --update-committed brings it up to date", 0)
    return outcome


def stale(notebook, run):
    """Where the committed outputs are not those of this run, if anywhere."""
    for index, (before, now) in enumerate(zip(notebook.cells, run.cells), 1):
        for was, found in itertools.zip_longest(texts(before), texts(now), fillvalue=""):
            if was != found and not alike(was, found):
                return f"cell {index}: the committed output says {short(was)}, this run {short(found)}"
    return None


def texts(cell):
    """What a cell printed or showed, line by line, without how long it took."""
    lines = []
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        lines += [TOOK.sub("", line) for line in "".join(text).splitlines()]
    return lines


def alike(was, found):
    """Whether two lines differ at most in the last digits of their numbers and in blanks."""
    if NUMBER.sub("#", was).split() != NUMBER.sub("#", found).split():
        return False
    return all(a == b or near(a, b) for a, b in zip(NUMBER.findall(was), NUMBER.findall(found)))


def near(was, found):
    """As decimals: of binary fractions .0353 and .0354 are a little more than .0001 apart."""
    try:
        a, b = Decimal(was), Decimal(found)
        return abs(a - b) <= max(TOLERANCE * abs(a), LAST_DIGIT)
    except ArithmeticError:  # such as 1e1234567, of an identifier
        return False


def short(text):
    return repr(text if len(text) <= 60 else text[:59] + "…")


def finished_copy(options, target, inputs):
    """The executed copy, if it was made from the same inputs and its files are still there."""
    try:
        copy_ = nbformat.read(target, as_version=4)
        mine = copy_.metadata[MINE]
        complete = mine["inputs"] == inputs and all(
            (options.out / file).is_file() for file in mine["files"]
        )
    except (OSError, ValueError, KeyError, nbformat.reader.NotJSONError):
        return None
    return copy_ if complete else None


async def executed(options, path, notebook, target, inputs, line):
    """Runs a notebook and writes its copy; what a failed one got to is kept beside it."""
    begin = time.time()
    failed = target.with_suffix(".failed.ipynb")
    log = target.with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    own, taken = subjects(options, notebook)
    run = prepared(notebook, own, taken)
    before = stamps(options.out)
    try:
        with open(log, "wb") as sink:
            await run_cells(options, path, run, line, sink, taken)
        clean(run)
        size = sum(len(json.dumps(cell.get("outputs", []))) for cell in run.cells)
        if size > OUTPUT_LIMIT:
            raise Failure(f"its outputs have {size} bytes, the limit is {OUTPUT_LIMIT}", 0)
    except (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError, Failure) as problem:
        clean(run)
        write(failed, run)
        where = os.path.relpath(failed)
        why = reason(run, problem, options.timeout)
        raise Failure(f"{why} ({where})", time.time() - begin) from problem
    failed.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    run.metadata[MINE] = {
        **({"subject": own} if own != REFERENCE else {}),
        "inputs": inputs,
        "files": [file for file, stamp in stamps(options.out).items() if before.get(file) != stamp],
        "seeds": seeds(run),
        "seconds": round(time.time() - begin),
    }
    write(target, run)
    return run


async def run_cells(options, path, run, line, log, taken):
    manager = AsyncKernelManager(kernel_name="java")
    spec = manager.kernel_spec.env
    spec["JJAVA_CLASSPATH"] = class_path(options.jar)
    if options.java_opts:
        spec["JJAVA_JVM_OPTS"] = f"{spec['JJAVA_JVM_OPTS']} {options.java_opts}"
    client = NotebookClient(
        run,
        km=manager,
        timeout=options.timeout or None,
        startup_timeout=300,  # a busy machine starts Java late
        interrupt_on_timeout=True,
        record_timing=False,
        coalesce_streams=True,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.reset_execution_trackers()
    client.owns_km = True
    code = [i for i, cell in enumerate(run.cells) if cell.cell_type == "code"]
    task = asyncio.current_task()
    asked_to_stop = []

    def stop():
        asked_to_stop.append(True)
        task.cancel()

    async with client.async_setup_kernel(env=environment(options, taken), stdout=log, stderr=log):
        # The client's own handlers end the kernel but leave us waiting for its answer.
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(sign, stop)
        for done, index in enumerate(code):
            line.show(f"cell {done + 1} of {len(code)}")
            try:
                await client.async_execute_cell(run.cells[index], index, execution_count=done + 1)
            except DeadKernelError:
                # To the client a cancelled cell looks like a dead kernel.
                if asked_to_stop:
                    raise asyncio.CancelledError from None
                raise


def subjects(options, notebook):
    """The model that a notebook's text is about, and the one that it is run on."""
    own = notebook.metadata.get(MINE, {}).get("subject", REFERENCE)
    here = [REFERENCE, *options.here.split(",")]
    return own, options.model or (own if own in here else REFERENCE)


def environment(options, taken):
    """What a notebook is told: nothing of it comes from whoever's shell this is by accident."""
    kept = "HEADSCOPE_MODELS"  # where models are found
    env = {k: v for k, v in os.environ.items() if k == kept or not k.startswith("HEADSCOPE_")}
    env["HEADSCOPE_OUT"] = str(options.out)
    if options.model:
        env["HEADSCOPE_SUBJECT"] = taken
        env["HEADSCOPE_MODEL"] = str(options.model_path.absolute()) if options.model_path else taken
    env["HEADSCOPE_SIZES"] = options.sizes
    return env


def prepared(notebook, own, taken):
    """A copy without outputs; of another model than its own without sentences about that."""
    run = copy.deepcopy(notebook)
    for cell in run.cells:
        if cell.cell_type == "markdown" and taken != own:
            cell.source = sentences.leave_out(cell.source, taken)
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    return run


def clean(run):
    """Takes out what depends on the machine or the moment."""
    run.metadata["kernelspec"] = dict(KERNELSPEC)
    run.metadata["language_info"] = dict(LANGUAGE_INFO)
    run.metadata.pop("widgets", None)
    for cell in run.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.pop("transient", None)


def committed(run):
    copy_ = copy.deepcopy(run)
    copy_.metadata.get(MINE, {}).pop("inputs", None)
    clean(copy_)
    return copy_


def class_path(jar):
    """The jar that was asked for, whichever one the kernel has been set up with."""
    jar = jar.absolute()
    return os.pathsep.join([str(jar), str(jar.parent / "lib" / "*")])


def fingerprint_of_library(options):
    digest = hashlib.sha256()
    digest.update(options.jar.read_bytes())
    for file in sorted((options.jar.parent / "lib").glob("*.jar")):
        digest.update(f"{file.name} {file.stat().st_size}\n".encode())
    digest.update(f"sizes={options.sizes} java={options.java_opts}\n".encode())
    # Each has a digest of everything that was recorded of its part.
    for file in sorted((options.notebooks / "recorded").glob("*/*/experiment.json")):
        digest.update(file.read_bytes())
    if options.model and options.model_path:
        # Weights are large: their names, sizes and times stand for them.
        path = options.model_path.absolute()
        parts = re.sub(r"-\d{5}-of-", "-*-of-", path.name)
        for file in sorted(path.iterdir() if path.is_dir() else path.parent.glob(parts)):
            info = file.stat()
            digest.update(f"{file} {info.st_size} {info.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def fingerprint(notebook, library, taken):
    cells = [[c.cell_type, c.source, c.metadata.get("tags", [])] for c in notebook.cells]
    text = json.dumps([library, cells, taken], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def stamps(out):
    """The figures and tables that are there; one that is written anew is another file."""
    return {
        str(file.relative_to(out)): (file.stat().st_ino, file.stat().st_mtime_ns)
        for folder in ("figures", "tables")
        for file in sorted((out / folder).rglob("*"))
        if file.is_file()
    }


def seeds(run):
    """The seeds that its cells name, and the one where they name none."""
    named = {
        int(a or b)
        for cell in run.cells
        if cell.cell_type == "code"
        for a, b in SEED.findall(cell.source)
    }
    return sorted(named | {DEFAULT_SEED})


def write(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    nbformat.write(notebook, part)
    part.replace(path)


def reason(run, problem, timeout):
    """One line: which cell, and what it said."""
    for index, cell in enumerate(run.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error" and isinstance(problem, CellExecutionError):
                if output.ename.endswith("EvaluationInterruptedException"):
                    return f"cell {index}: took longer than {timeout} s (--timeout)"
                said = output.evalue or output.ename
                return f"cell {index}: {one_line(PACKAGE.sub('', said))}"
    if isinstance(problem, DeadKernelError):
        return "the kernel died; its last words are in the .log beside the copy"
    return one_line(str(problem))


def one_line(text):
    lines = ANSI.sub("", text).strip().splitlines()
    return lines[0] if lines else "no message"


def name(options, path):
    return str(path.relative_to(options.notebooks).with_suffix(""))


class Failure(Exception):
    def __init__(self, text, seconds):
        super().__init__(text)
        self.seconds = seconds


class Line:
    """The line of one notebook: renewed in place on a terminal, else printed once."""

    def __init__(self, label):
        self.label = label
        self.live = sys.stdout.isatty()

    def show(self, text):
        if self.live:
            print(f"\r{self.label}  {text}\x1b[K", end="", flush=True)

    def finish(self, text):
        start = "\r\x1b[K" if self.live else ""
        print(f"{start}{self.label}  {text}", flush=True)


if __name__ == "__main__":
    main()
