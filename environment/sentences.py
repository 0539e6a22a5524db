"""Holds sentences that state a result against the results that were recorded.

usage: python sentences.py [--recorded DIR] FILE.ipynb|FILE.md …

A marked sentence stands between two comments, which no reader sees:

    <!--: verdict D1 smollm2 UUID: value > .5; verdict = holds -->Half of the heads change.<!--/-->
    <!--: table smollm2/dynamism-uuid/turnover-answer "adjacent Jaccard": value ~ .49 -->…<!--/-->
    <!--: shown smollm2/agreement W1: Spearman ~ .26; low > chance 97.5 % -->…<!--/-->

Before the first colon stands where it is found: `verdict CLAIM MODEL SETTING` in verdicts.json
(without a setting: the row over all settings, or the only one), or `table SUBJECT/PART/TABLE ROW`,
the first row whose first cell is ROW, or which has `COLUMN=CELL`, several joined by ` & `; quotes
keep a colon. `shown SUBJECT/TABLE ROW` is a row of a table that a cell of the same notebook saved
and shows in its committed output, when run on that subject. The row * stands for every row (of a
long table for those that are shown).

Behind the colon stand conditions, separated by semicolons: FIELD OPERATOR VALUE, where the field is
a key of the verdict or a column, and the value a number, a word, or another field. Operators are
< <= > >= =, and ~: the same when rounded to the digits of the number, which the sentence then has
to have.
"""

import argparse
import copy
import csv
import html.parser
import json
import pathlib
import re
import sys

BEGIN = re.compile(r"<!--:(?P<mark>.*?)-->", re.DOTALL)
END = "<!--/-->"
SENTENCE = re.compile(r"<!--:(?P<mark>.*?)-->(?P<text>.*?)<!--/-->", re.DOTALL)
SOURCE = re.compile(r'\s*(?P<source>(?:"[^"]*"|[^":])+):(?P<conditions>.*)$', re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->")
RAW = re.compile(r" {0,3}<!--")  # Markdown takes such a line for HTML
MARKUP = re.compile(r"[`*\[]")
EVERY = "*"
SAVED = re.compile(r"^saved tables/(\S+)\.csv$", re.MULTILINE)
CONDITION = re.compile(r"^(?P<field>.+?)\s*(?P<op><=|>=|<|>|=|~)\s*(?P<value>.+)$")
NUMBER = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
OPERATORS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Problem(Exception):
    """Why a sentence is not what was recorded, or cannot be looked up."""


class Results:
    """What was recorded, and what a notebook shows; files are read when a sentence asks for them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.read = {}
        self.shown = {}  # SUBJECT/TABLE → rows

    def of(self, notebook):
        """The same beside the tables that the cells of a notebook show."""
        results = copy.copy(self)
        results.shown = {}
        of = notebook.get("metadata", {}).get("headscope", {}).get("subject", "reference")
        for cell in notebook["cells"]:
            outputs = [o for o in cell.get("outputs", []) if o["output_type"] != "error"]
            saved = SAVED.findall("".join("".join(o.get("text", [])) for o in outputs))
            pages = ["".join(o.get("data", {}).get("text/html", [])) for o in outputs]
            rows = TableRows(pages[-1]).rows if pages else []
            if saved and rows:  # what a cell shows is what it saved last
                results.shown[f"{of}/{saved[-1]}"] = [dict(zip(rows[0], row)) for row in rows[1:]]
        return results

    def shown_table(self, name):
        if name not in self.shown:
            there = ", ".join(self.shown) or "none"
            raise Problem(f"no cell shows a table that it saved as {name}; there are {there}")
        return self.shown[name]

    def verdicts(self):
        return self.file("verdicts.json", json.loads)

    def table(self, name):
        return self.file(f"{name}.csv", lambda text: list(csv.DictReader(text.splitlines())))

    def file(self, name, parse):
        if name not in self.read:
            try:
                self.read[name] = parse((self.folder / name).read_text(encoding="utf-8"))
            except (OSError, ValueError) as problem:
                raise Problem(f"cannot read {name} of the recorded results: {problem}") from problem
        return self.read[name]


class TableRows(html.parser.HTMLParser):
    """The rows of a table as it is shown, the first with the names of its columns."""

    def __init__(self, text):
        super().__init__()
        self.rows = []
        self.cell = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = ""

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self.cell)
            self.cell = None


def words(source):
    """The words of a source; what is in quotes is one, without them."""
    return [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', source)]


def subject(mark):
    """The model that a sentence is about."""
    found = words(mark)
    if len(found) >= 3 and found[0] == "verdict":
        return found[2].rstrip(":")
    if len(found) >= 2 and found[0] in ("table", "shown"):
        return found[1].split("/")[0]
    raise Problem(
        "a source is `verdict CLAIM MODEL …`, `table SUBJECT/PART/TABLE …` or"
        f" `shown SUBJECT/TABLE …`: {mark}"
    )


def rows_of(results, source):
    """The cells of each row that a source names: key or column to value."""
    kind, *rest = words(source)
    if kind == "verdict" and len(rest) >= 2:
        claim, model, setting = rest[0], rest[1], " ".join(rest[2:])
        rows = [v for v in results.verdicts() if v["id"] == claim and v["model"] == model]
        if not setting and len(rows) > 1:
            setting = "overall"
        rows = [v for v in rows if not setting or v["setting"] == setting][:1]
    elif kind in ("table", "shown") and len(rest) >= 2:
        name = rest[0]
        table = results.table(name) if kind == "table" else results.shown_table(name)
        asked = source.split(name, 1)[1].strip()
        rows = table if asked == EVERY else [r for r in table if fits(r, asked)][:1]
    else:
        raise Problem(f"no such source: {source}")
    if not rows:
        raise Problem(f"there is no row of {source}")
    return rows


def fits(cells, asked):
    pairs = [part.split("=", 1) for part in asked.strip('"').split(" & ")]
    if any(len(pair) == 1 for pair in pairs):
        first = next(iter(cells.values()), None)
        return same(first, asked.strip('"'))
    return all(same(cells.get(key.strip()), value.strip()) for key, value in pairs)


def same(cell, word):
    if cell is None:
        return False
    a, b = number(cell), number(word)
    return str(cell) == word if a is None or b is None else a == b


def number(text):
    """A number, or None: with the minus sign of print, without a zero before the point."""
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, (int, float)):
        return float(text)
    plain = text.strip().replace("−", "-").replace(",", "")
    return float(plain) if NUMBER.match(plain) else None


def digits(text):
    """Half of the last digit's unit: how far a rounded number may be off."""
    plain = text.strip()
    behind = plain.split(".", 1)[1] if "." in plain else ""
    return 0.5 * 10.0 ** -len(behind) + 1e-9


def check(results, mark, sentence):
    """Raises a problem if a sentence does not agree with what was recorded."""
    match = SOURCE.match(mark)
    if not match or not match["conditions"].strip():
        raise Problem(f"a mark is SOURCE: FIELD OPERATOR VALUE; … — got {mark.strip()}")
    if not sentence.strip():
        raise Problem("there is no sentence")
    subject(mark)
    rows = rows_of(results, match["source"].strip())
    for text in match["conditions"].split(";"):
        condition = CONDITION.match(text.strip())
        if not condition:
            raise Problem(f"a condition is FIELD OPERATOR VALUE, got {text.strip()}")
        for cells in rows:
            holds(cells, condition["field"].strip().strip('"'), condition, sentence)


def holds(cells, field, condition, sentence):
    if field not in cells:
        raise Problem(f"there is no {field} among {', '.join(cells)}")
    cell, op, word = cells[field], condition["op"], condition["value"].strip().strip('"')
    found, wanted = number(cell), number(word)
    if wanted is None and word in cells:
        wanted = number(cells[word])
        if wanted is None:
            raise Problem(f"{word} is {cells[word]}, no number")
    if op == "=" and wanted is None:
        agrees = str(cell) == word
    elif found is None or wanted is None:
        raise Problem(f"{field} is {cell}, which cannot be compared with {word}")
    elif op == "=":
        agrees = found == wanted
    elif op == "~":
        if not stands(word, sentence):
            raise Problem(f"{word} does not stand in the sentence")
        agrees = abs(found - wanted) <= digits(word)
    else:
        agrees = OPERATORS[op](found, wanted)
    if not agrees:
        raise Problem(f"{field} is {cell}, the sentence relies on {field} {op} {word}")


def stands(word, sentence):
    """Whether a number is in a text, by itself: .49 is not in 1.49 or .495."""
    plain = sentence.replace("−", "-")
    bare = re.escape(word.replace("−", "-").lstrip("+"))
    return re.search(rf"(?<![\d.]){bare}(?![\d]|\.\d)", plain) is not None


def problems(results, text):
    """What is wrong with the marked sentences of a text, and how many there are."""
    found = []
    if len(BEGIN.findall(text)) != text.count(END) or len(SENTENCE.findall(text)) != text.count(END):
        found.append(f"every mark <!--: … --> is closed by {END} before the next one begins")
        return found, 0
    for line in text.splitlines():
        if RAW.match(line) and MARKUP.search(COMMENT.sub("", line)):
            found.append(
                "a line that begins with a mark is shown as it is typed, without Markdown: put it"
                f" behind other words: {short(COMMENT.sub('', line))}"
            )
    count = 0
    for match in SENTENCE.finditer(text):
        count += 1
        if "<!--:" in match["text"]:
            found.append(f"a mark begins inside another: {match['mark'].strip()}")
            continue
        try:
            check(results, match["mark"], match["text"])
        except Problem as problem:
            found.append(f"{short(match['text'])}: {problem}")
    return found, count


def leave_out(text, of):
    """A text without the sentences about other models than the one it is run on."""

    def kept(match):
        try:
            return match.group(0) if subject(match["mark"]) == of else ""
        except Problem:
            return match.group(0)

    return SENTENCE.sub(kept, text)


def short(text):
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:59] + "…")


def texts(path, results):
    """The texts of a file that a reader sees, each with a name; and what they are held against."""
    if path.suffix != ".ipynb":
        return [(path.name, path.read_text(encoding="utf-8"))], results
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [
        (f"{path.name}, cell {number_}", "".join(cell["source"]))
        for number_, cell in enumerate(notebook["cells"], 1)
        if cell["cell_type"] == "markdown"
    ], results.of(notebook)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--recorded", type=pathlib.Path, default=root / "notebooks" / "recorded")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    recorded = Results(options.recorded)
    wrong = count = 0
    for path in options.files:
        found_in, results = texts(path, recorded)
        for name, text in found_in:
            found, some = problems(results, text)
            count += some
            wrong += len(found)
            for problem in found:
                print(f"{name}: {problem}")
    print(f"sentences: {max(0, count - wrong)} passed, {wrong} failed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
