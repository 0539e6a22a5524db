"""Tests of sentences.py: a sentence that no longer agrees is found, and said by name."""

import json
import pathlib
import tempfile
import unittest

import sentences

VERDICTS = [
    {"id": "D1", "model": "m", "setting": "UUID", "value": 0.512, "rival": 0.5, "p": None, "verdict": "holds"},
    {"id": "D1", "model": "m", "setting": "classic", "value": 0.4, "rival": 0.5, "p": None, "verdict": "fails"},
    {"id": "D1", "model": "m", "setting": "overall", "value": None, "rival": None, "p": None, "verdict": "partly"},
]
TABLE = "statistic,value,order high\nadjacent Jaccard,0.4876,0.3\nset: change,0.94,\n"
SHOWN = (
    "<div><table><thead><tr><th>needle</th><th>need, looking</th></tr></thead><tbody>"
    "<tr><td>0</td><td>1.99</td></tr><tr><td>a &amp; b</td><td>1.74</td></tr></tbody></table></div>"
)


def cell(saved, html):
    """A cell that has run: what it printed, and the table it shows."""
    text = "".join(f"saved tables/{name}.csv\n" for name in saved)
    return {
        "outputs": [
            {"output_type": "stream", "text": ["right: 4 of 4\n", text]},
            {"output_type": "execute_result", "data": {"text/html": [html]}},
        ]
    }


class SentencesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(self.folder.name)
        (root / "m" / "p").mkdir(parents=True)
        (root / "verdicts.json").write_text(json.dumps(VERDICTS), encoding="utf-8")
        (root / "m" / "p" / "t.csv").write_text(TABLE, encoding="utf-8")
        self.results = sentences.Results(root)

    def tearDown(self):
        self.folder.cleanup()

    def problems(self, mark, sentence="It is .49."):
        return sentences.problems(self.results, f"a <!--: {mark} -->{sentence}<!--/--> b")[0]

    def test_what_agrees_passes(self):
        for mark in [
            "verdict D1 m UUID: value > .5; verdict = holds",
            "verdict D1 m: verdict = partly",
            'verdict D1 m "classic": value < rival',
            'table m/p/t "adjacent Jaccard": value ~ .49; value > order high',
            "table m/p/t statistic=adjacent Jaccard & value=0.4876: value >= 0.4876",
            'table m/p/t "set: change": value = .94',
        ]:
            self.assertEqual([], self.problems(mark), mark)

    def test_what_does_not_agree_is_said_with_both(self):
        for mark, said in [
            ("verdict D1 m UUID: value > .6", "value is 0.512"),
            ("verdict D1 m classic: verdict = holds", "verdict is fails"),
            ('table m/p/t "adjacent Jaccard": value ~ .48', "does not stand"),
            ('table m/p/t "adjacent Jaccard": value < order high', "value < order high"),
            ("verdict D1 m UUID: value < .512", "value is 0.512"),
        ]:
            self.assertIn(said, "".join(self.problems(mark)), mark)
        self.assertIn("value is 0.4876", "".join(
            self.problems('table m/p/t "adjacent Jaccard": value ~ .48', "It is .48.")))

    def test_what_cannot_be_looked_up_is_said(self):
        for mark, said in [
            ("verdict D9 m: value > 0", "no row"),
            ("verdict D1 other UUID: value > 0", "no row"),
            ("verdict D1 m UUID: worth > 0", "no worth"),
            ("verdict D1 m UUID: p < .05", "cannot be compared"),
            ("table m/p/none x: value > 0", "cannot read"),
            ('table m/p/t "set: change": value > order high', "no number"),
            ("verdict D1 m UUID", "a mark is"),
            ("something else: value > 0", "a source is"),
        ]:
            self.assertIn(said, "".join(self.problems(mark)), mark)
        self.assertIn("no sentence", "".join(self.problems("verdict D1 m UUID: value > .5", " ")))

    def test_a_table_that_the_notebook_shows_is_read(self):
        cells = [{"cell_type": "markdown"}, cell(["first", "t"], SHOWN), cell(["none"], "<p>")]
        notebook = {"cells": cells, "metadata": {"headscope": {"subject": "m"}}}
        self.results = self.results.of(notebook)
        for mark, said in [
            ("shown m/t 0: need, looking ~ 1.99", ""),
            ("shown m/t a & b: need, looking < 1.8", ""),
            ("shown m/t needle=a: need, looking < 1.8", "no row"),
            ('shown m/t "need, looking=1.74": needle = a & b', ""),
            ("shown m/t *: need, looking > 1.7; need, looking < 2", ""),
            ("shown m/t *: need, looking > 1.8", "need, looking is 1.74"),
            ("shown m/t\n*: need, looking > 1.8", "need, looking is 1.74"),
            ("shown other/t 0: need, looking > 0", "no cell shows"),
            ("shown t 0: need, looking > 0", "no cell shows"),
            ("shown m/first 0: need, looking > 0", "no cell shows"),
            ("shown m/none 0: need, looking > 0", "there are m/t"),
        ]:
            found = "".join(self.problems(mark, "It loses 1.99."))
            self.assertTrue(said in found if said else not found, (mark, found))
        self.results = self.results.of({"cells": cells})
        self.assertEqual([], self.problems("shown reference/t 0: needle = 0"))
        self.assertIn("there are reference/t", "".join(self.problems("shown m/t 0: needle = 0")))

    def test_a_mark_that_is_not_closed_is_found(self):
        text = "<!--: verdict D1 m UUID: value > .5 -->It is."
        self.assertEqual(1, len(sentences.problems(self.results, text)[0]))
        text += "<!--: verdict D1 m UUID: value > .5 -->It is.<!--/-->"
        self.assertEqual(1, len(sentences.problems(self.results, text)[0]))

    def test_markdown_behind_a_mark_that_begins_a_line_is_found(self):
        mark = "<!--: verdict D1 m UUID: value > .5 -->"
        for text, wrong in [
            (f"{mark}It is.<!--/-->", 0),
            (f"{mark}It *is*.<!--/-->", 1),
            (f"So.\n{mark}It is `L1-H0`.<!--/-->", 1),
            (f"So. {mark}It *is* `L1-H0`.<!--/-->", 0),
        ]:
            self.assertEqual(wrong, len(sentences.problems(self.results, text)[0]), text)

    def test_a_number_stands_by_itself(self):
        self.assertTrue(sentences.stands(".49", "from .49 to 1"))
        self.assertTrue(sentences.stands("-.02", "(−.02)"))
        self.assertFalse(sentences.stands(".49", "from 1.49"))
        self.assertFalse(sentences.stands(".49", "from .495"))
        self.assertTrue(sentences.stands(".49", "it is .49."))

    def test_sentences_of_another_model_are_left_out(self):
        text = (
            "One. <!--: verdict D1 m UUID: value > .5 -->Two.<!--/--> "
            "<!--: table r/p/t x: value > 0 -->Three.<!--/--> Four."
            "<!--: shown r/t x: value > 0 -->Five.<!--/-->"
        )
        self.assertNotIn("Three.", sentences.leave_out(text, "m"))
        self.assertNotIn("Five.", sentences.leave_out(text, "m"))
        self.assertIn("Five.", sentences.leave_out(text, "r"))
        self.assertIn("Two.", sentences.leave_out(text, "m"))
        self.assertNotIn("Two.", sentences.leave_out(text, "r"))
        self.assertIn("Four.", sentences.leave_out(text, "r"))


if __name__ == "__main__":
    unittest.main()
