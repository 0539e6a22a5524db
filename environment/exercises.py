"""The exercises as a teacher has them: released without solutions, handed out, collected, graded.

usage: python exercises.py release | check | walk

  release   nbgrader makes notebooks/exercises.ipynb from course/source/exercises/exercises.ipynb
  check     the committed file is what nbgrader makes, and no file of students holds an answer
  walk      a class of two in an exchange of its own: released, fetched, submitted, collected,
            autograded; the grades are right to the point, and the source's outputs are those of
            the code
"""

import contextlib
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import nbformat

from run_notebooks import stale

ROOT = pathlib.Path(__file__).resolve().parent.parent
COURSE = ROOT / "course"
NAME = "exercises"
SOURCE = COURSE / "source" / NAME / f"{NAME}.ipynb"
STUDENTS = ROOT / "notebooks" / f"{NAME}.ipynb"
BEGIN, END = "// BEGIN SOLUTION", "// END SOLUTION"
STUB = "// YOUR CODE HERE"
DECLARED = re.compile(r"^(\w+) (answer\d\d_\d) = null;$", re.MULTILINE)
SEALED = re.compile(r'Check\.exercise\("(\d\d-\d)", answer\d\d_\d, "[0-9a-f]{16}"\)')
TRIED = re.compile(r'Check\.exercise\("(\d\d-\d)", answer\d\d_\d, question -> .*', re.DOTALL)
ITEM = re.compile(r"^(\d)\. (.*)$", re.MULTILINE)
FOUND = re.compile(r"^right {4}(\d\d-\d): (.*)$", re.MULTILINE)
# What is no answer to any exercise, by the type that is asked for.
WRONG = {
    "Integer": "-1",
    "Double": "-1.5",
    "String": '"no such thing"',
    "HeadId": "new HeadId(5, 11)",
    "HeadSet": "HeadSet.empty()",
}


def main():
    commands = {"release": release, "check": check, "walk": walk}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        print(__doc__.strip())
        sys.exit(0 if sys.argv[1:] in (["-h"], ["--help"]) else 2)
    commands[sys.argv[1]]()


def release():
    with course() as folder:
        STUDENTS.write_bytes(released(folder).read_bytes())
    print(f"{STUDENTS.relative_to(ROOT)} is as nbgrader makes it")


def check():
    with course() as folder:
        made = released(folder).read_text(encoding="utf-8")
    if made != STUDENTS.read_text(encoding="utf-8"):
        fail(f"{STUDENTS.name} is not what nbgrader makes of it; environment/class --release")
    findings = leaks()
    if findings:
        fail("students can read answers:\n  " + "\n  ".join(findings))
    print(f"exercises: {len(answers())} with solutions, none of them where students look")


def leaks():
    """Where a file that students have says what is right."""
    return [*leaks_of_exercises(), *leaks_of_notebooks()]


def leaks_of_exercises():
    notebook = read(STUDENTS)
    text = "\n".join(source(cell) for cell in notebook["cells"])
    for mark in (BEGIN, END, "HIDDEN TESTS", "solution "):
        if mark in text:
            yield f"{STUDENTS.name} has the words {mark!r}"
    for cell in notebook["cells"]:
        if cell.get("outputs") or cell.get("execution_count") or cell.get("attachments"):
            yield f"{STUDENTS.name}: the cell {cell['id']} was run"
        if cell["id"].startswith("check-") and not (
            SEALED.fullmatch(source(cell)) or TRIED.fullmatch(source(cell))
        ):
            yield f"{STUDENTS.name}: {cell['id']} holds more than a seal: {source(cell)}"
    for name, lines in solutions().items():
        for line in lines:
            if line in text:
                yield f"{STUDENTS.name} has a line of the solution of {name}: {line}"
    for name, answer in answers().items():
        # A short answer, such as 2, stands in other places for other things.
        own = "\n".join(source(cell) for cell in notebook["cells"] if cell["id"].endswith(name))
        own = own.replace(name, "")
        for spelling in spellings(answer):
            if says(own if len(spelling) < 4 else text, spelling):
                yield f"{STUDENTS.name} says the answer to {name}, {spelling}"


def leaks_of_notebooks():
    """The numbered notebooks name their exercises; what stands there must not give them away."""
    for path in sorted(STUDENTS.parent.glob("[0-9]*.ipynb")):
        text = "\n".join(source(cell) for cell in read(path)["cells"])
        items = dict(ITEM.findall(text[text.rfind("## Exercises") :]))
        names = [name for name in answers() if name[:2] == path.name[:2]]
        if sorted(items) != sorted(name[-1] for name in names):
            yield f"{path.name} has {len(items)} exercises, {STUDENTS.name} {len(names)} of it"
        for name in names:
            item = items.get(name[-1], "")
            for told in [*spellings(answers()[name]), *solutions()[name]]:
                if says(item, told):
                    yield f"{path.name} says the answer to {name}, {told}"


def answers():
    """What the executed source found right: exercise → answer as it was printed."""
    found = {}
    for cell in read(SOURCE)["cells"]:
        for output in cell.get("outputs", []):
            found.update(FOUND.findall("".join(output.get("text", ""))))
    graded = [cell["id"][6:] for cell in read(SOURCE)["cells"] if cell["id"].startswith("check-")]
    if sorted(found) != sorted(graded):
        missing = ", ".join(sorted(set(graded) - set(found)))
        fail(f"{SOURCE.relative_to(ROOT)} was not run, or not right: {missing}")
    return found


def solutions():
    """Exercise → the lines of its solution that say something and that no student is given."""
    given, inner = [], {}
    for cell in read(SOURCE)["cells"]:
        text = source(cell)
        if BEGIN in text:
            begin, end = text.index(BEGIN), text.index(END)
            inner[cell["id"][-4:]] = text[begin + len(BEGIN) : end]
            text = text[:begin] + text[end:]
        given += map(str.strip, text.splitlines())
    return {
        name: [
            line
            for line in map(str.strip, text.splitlines())
            if len(line) >= 16 and line not in given
        ]
        for name, text in inner.items()
    }


def spellings(answer):
    """An answer as it could be written: a fraction also with fewer digits."""
    plain = answer.strip('"')
    try:
        fraction = float(plain) if "." in plain else None
    except ValueError:
        fraction = None
    if fraction is None:
        return {plain}
    rounded = {f"{fraction:.{digits}g}" for digits in (3, 4)}
    return {plain, *rounded, *(text.removeprefix("0") for text in rounded)}


def says(text, word):
    """Whether a text has a word as a whole, as 7 is not in 73e2."""
    return re.search(rf"(?<![\w.]){re.escape(word)}(?![\w]|\.\d)", text) is not None


def walk():
    with course() as folder, tempfile.TemporaryDirectory() as exchange:
        root = pathlib.Path(exchange)
        config = folder / "nbgrader_config.py"
        with open(config, "a", encoding="utf-8") as more:
            more.write(f"c.Exchange.root = {str(root / 'exchange')!r}\n")
            more.write(f"c.Exchange.cache = {str(root / 'cache')!r}\n")
        (root / "exchange").mkdir()
        (root / "exchange").chmod(0o777)  # as nbgrader wants it: every student writes here
        released(folder)
        nbgrader(folder, "release_assignment", NAME)
        expected = {"ada": len(answers()), "bob": 1}
        for student, answer in (("ada", all_right), ("bob", one_right)):
            desk = root / student
            desk.mkdir()
            shutil.copy(config, desk)
            nbgrader(desk, "fetch_assignment", NAME)
            answer(desk / NAME / f"{NAME}.ipynb")
            nbgrader(desk, "submit", NAME)
            # An exchange names a submission by the login of its student; here one plays all.
            inbound = root / "exchange" / "headscope" / "inbound"
            mine = next(p for p in inbound.iterdir() if p.name.split("+")[0] not in expected)
            mine.rename(inbound / "+".join([student, *mine.name.split("+")[1:]]))
        nbgrader(folder, "collect", NAME)
        nbgrader(folder, "autograde", NAME, "--create")
        nbgrader(folder, "export")
        graded = folder / "autograded" / "ada" / NAME / f"{NAME}.ipynb"
        was, now = (nbformat.read(path, as_version=4) for path in (SOURCE, graded))
        if difference := stale(was, now):
            fail(f"{SOURCE.relative_to(ROOT)}, {difference}; environment/class --release")
        with open(folder / "grades.csv", encoding="utf-8", newline="") as table:
            rows = {row["student_id"]: row for row in csv.DictReader(table)}
        for student, row in sorted(rows.items()):
            print(f"{student}: {float(row['score']):g} of {float(row['max_score']):g} points")
        graded = {student: float(row["score"]) for student, row in rows.items()}
        if graded != expected:
            fail(f"expected {expected} points, graded {graded}: {lost(folder)}")
        most = {float(row["max_score"]) for row in rows.values()}
        if most != {len(answers())}:
            fail(f"expected at most {len(answers())} points, the table has {most}")
    print("class: 1 passed, 0 failed")


def all_right(path):
    """Writes the source's solutions where a student is to write."""
    solved = {
        cell["id"]: source(cell).split(BEGIN)[1].split(END)[0].strip()
        for cell in read(SOURCE)["cells"]
        if BEGIN in source(cell)
    }
    edit(path, lambda cell, text: text.replace(STUB, solved.get(cell["id"], STUB)))


def one_right(path):
    """Wrong, open and broken answers, one right one, and checks that were tampered with."""
    right = "00-3"
    solved = next(source(c) for c in read(SOURCE)["cells"] if c["id"] == f"answer-{right}")

    def answer(cell, text):
        kind, name = cell["id"][:-5], cell["id"][-4:]
        if kind == "check":
            return "1" if name.endswith("-2") else text
        if kind != "answer":
            return text
        if name == right:
            return text.replace(STUB, solved.split(BEGIN)[1].split(END)[0].strip())
        if name == "05-1":
            return text.replace(STUB, "this is no Java;")
        if name.endswith("-3"):
            return text
        typ, variable = DECLARED.search(text).groups()
        return text.replace(STUB, f"{variable} = {WRONG[typ]};")

    edit(path, answer)


def edit(path, change):
    notebook = read(path)
    for cell in notebook["cells"]:
        cell["source"] = change(cell, source(cell))
    path.write_text(json.dumps(notebook), encoding="utf-8")


def lost(folder):
    """The check cells without points, as the autograded notebooks show them."""
    said = []
    for path in sorted((folder / "autograded").rglob("*.ipynb")):
        for cell in read(path)["cells"]:
            for output in cell.get("outputs", []):
                if cell["id"].startswith("check-") and output["output_type"] == "error":
                    said.append(f"{path.parts[-3]} {cell['id']}: {output['evalue'][:200]}")
    return "; ".join(said) or "no check failed"


@contextlib.contextmanager
def course():
    """A copy of the course folder: nbgrader leaves a database and what it made in its own."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "course"
        shutil.copytree(COURSE, copy, ignore=shutil.ignore_patterns("release", "*.db", "submitted"))
        yield copy


def released(folder):
    nbgrader(folder, "generate_assignment", NAME, "--create")
    return folder / "release" / NAME / f"{NAME}.ipynb"


def nbgrader(folder, *words):
    """Runs a command of nbgrader in a folder, and shows what it said if it fails."""
    command = [sys.executable, "-m", "nbgrader", *words]
    # It calls alembic by that name, which is beside this Python.
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "JUPYTER_CONFIG_DIR": str(folder / ".jupyter")}
    done = subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        fail(f"{' '.join(words)} failed:\n{done.stdout}")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell):
    return "".join(cell["source"])


def fail(why):
    sys.exit(f"exercises: {why}")


if __name__ == "__main__":
    main()
