"""Holds the notebooks to what keeps them readable, portable and small.

usage: python lint_notebooks.py NOTEBOOK.ipynb …
"""

import json
import pathlib
import re
import sys

KERNELSPEC = {"display_name": "Java", "language": "java", "name": "java"}
# Without these JupyterLab shows plain text until the kernel is up and then marks the file changed.
LANGUAGE_INFO = {
    "codemirror_mode": "java",
    "file_extension": ".jshell",
    "mimetype": "text/x-java-source",
    "name": "Java",
    "pygments_lexer": "java",
}
OUTPUT_LIMIT = 1_000_000
CELL_LINES = 20
LINE_LENGTH = 100

KERNEL_NAMES = re.compile(r"org\.dflib|io\.github\.spencerpark|getKernelInstance|\bkernel\(\)")
MAGIC = re.compile(r"^%%?(\w+)", re.MULTILINE)
# What Java prints of an object or an array that has no text of its own: [F@1b2c3d, a.B@1b2c3d.
HASH = re.compile(r"\[+[BSIJFDCZ]@[0-9a-f]+|\[L[\w.$]+;@[0-9a-f]+|(?<![\w@])[\w.$/]*[\w$]@[0-9a-f]{5,8}(?!\.?[\w-])")
SAVED = re.compile(r'Notebook\.save\(\s*"([^"]+)"')
SUBJECT = re.compile(r'Notebook\.subject\(\s*"([^"]+)"')
PROGRESS = re.compile(r"[\w ]+: \d+ of \d+(, took [\w. ]+)?")
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/])/(?:home|Users|root|tmp|opt|mnt|srv|var|work)/\w|\b[A-Z]:\\\w")


def lint(path):
    """Every finding as a sentence; none is a clean notebook."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = notebook["cells"]
        metadata = notebook["metadata"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        return [f"is no notebook: {problem!r}"]
    return (
        metadata_findings(notebook, metadata)
        + subject_findings(metadata.get("headscope", {}), cells)
        + file_findings(metadata.get("headscope", {}), cells)
        + cell_findings(cells)
    )


def metadata_findings(notebook, metadata):
    found = []
    if (notebook.get("nbformat"), notebook.get("nbformat_minor")) < (4, 5):
        found.append("is older than nbformat 4.5, which has cell ids")
    if metadata.get("kernelspec") != KERNELSPEC:
        found.append(f"metadata.kernelspec must be {KERNELSPEC}, is {metadata.get('kernelspec')}")
    if metadata.get("language_info") != LANGUAGE_INFO:
        found.append(
            f"metadata.language_info must be {LANGUAGE_INFO}, is {metadata.get('language_info')}"
        )
    return found


def subject_findings(mine, cells):
    """Whether the model that the cells take is the one that the metadata name."""
    source = "\n".join(joined(c.get("source", "")) for c in cells if c.get("cell_type") == "code")
    named = set(SUBJECT.findall(source))
    said = mine.get("subject", "reference")
    if named and named != {said}:
        return [
            f"metadata.headscope.subject is {said}, its cells take {', '.join(sorted(named))}: one"
            " model a notebook, and the same in both"
        ]
    return []


def file_findings(mine, cells):
    """Whether the files of the last run are those that the cells save."""
    if "files" not in mine:
        return []
    source = "\n".join(joined(c.get("source", "")) for c in cells if c.get("cell_type") == "code")
    saved = set(SAVED.findall(source))
    written = {pathlib.PurePosixPath(file).stem for file in mine["files"]}
    if saved == written:
        return []
    return [
        f"metadata.headscope.files are of {sorted(written)}, its cells save {sorted(saved)}: use"
        " --update-committed"
    ]


def cell_findings(cells):
    found = []
    ids = [cell.get("id") for cell in cells]
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    for number, cell in enumerate(cells, 1):
        say = lambda text: found.append(f"cell {number}: {text}")  # noqa: E731
        if not cell.get("id"):
            say("has no id")
        elif ids.count(cell["id"]) > 1:
            say(f"shares its id {cell['id']} with another")
        source = joined(cell.get("source", ""))
        if match := ABSOLUTE_PATH.search(source):
            say(f"names an absolute path, {line_with(source, match)}")
        if cell.get("cell_type") == "code":
            code_findings(cell, source, say)
    size = sum(len(json.dumps(cell.get("outputs", []))) for cell in code)
    if size > OUTPUT_LIMIT:
        found.append(f"its outputs have {size} bytes, the limit is {OUTPUT_LIMIT}")
    counts = [cell.get("execution_count") for cell in code if joined(cell.get("source", "")).strip()]
    if any(counts) and counts != list(range(1, len(counts) + 1)):
        found.append("its cells were not run once from top to bottom: use --update-committed")
    return found


def code_findings(cell, source, say):
    lines = source.splitlines()
    if len(lines) > CELL_LINES:
        say(f"has {len(lines)} lines, the limit is {CELL_LINES}")
    for line in lines:
        if len(line) > LINE_LENGTH:
            say(f"has a line of {len(line)} characters, the limit is {LINE_LENGTH}: {line[:40]}…")
    if match := KERNEL_NAMES.search(source):
        say(f"uses one kernel's own API, {line_with(source, match)}")
    for match in MAGIC.finditer(source):
        if match.group(1) not in ("classpath", "load"):
            say(f"uses a magic that other kernels lack, {match.group(0)}; %classpath and %load are common")
    outputs = cell.get("outputs", [])
    expected_error = "raises-exception" in cell.get("metadata", {}).get("tags", [])
    texts = 0
    for output in outputs:
        data = output.get("data", {})
        texts += output["output_type"] == "stream" or (
            list(data) == ["text/plain"] and not PROGRESS.fullmatch(joined(data["text/plain"]))
        )
        if output["output_type"] == "error" and not expected_error:
            say(f"has an error among its outputs: {output.get('evalue')}")
        for text in [output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")]:
            text = joined(text)
            if match := ABSOLUTE_PATH.search(text):
                say(f"its output names an absolute path, {line_with(text, match)}")
            if match := HASH.search(text):
                say(f"its output holds the hash of an object, {line_with(text, match)}")
    # A check cell says something, and its value is its points.
    limit = 2 if cell.get("metadata", {}).get("nbgrader", {}).get("grade") else 1
    if texts > limit:
        say(f"has {texts} blocks of text among its outputs, the limit is {limit}")


def joined(text):
    return text if isinstance(text, str) else "".join(text)


def line_with(text, match):
    start = text.rfind("\n", 0, match.start()) + 1
    return repr(text[start:].splitlines()[0][:80])


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        sys.exit(0 if sys.argv[1:] in (["-h"], ["--help"]) else 2)
    findings = [(path, text) for path in sys.argv[1:] for text in lint(pathlib.Path(path))]
    for path, text in findings:
        print(f"{path}: {text}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
