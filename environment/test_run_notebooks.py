"""Tests of run_notebooks.py: which model a notebook is run on, and what of its text stays.

usage: python test_run_notebooks.py   with the Python of .venv
"""

import argparse
import pathlib
import unittest
from unittest import mock

import nbformat.v4

import run_notebooks

MARK = "<!--: verdict D1 smollm2 UUID: value > 0 -->It is so.<!--/-->"


def notebook(subject=None):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"Always. {MARK}")])
    if subject:
        made.metadata["headscope"] = {"subject": subject}
    return made


def options(model="", here="", path=None):
    return argparse.Namespace(
        model=model, here=here, model_path=path, out=pathlib.Path("out"), sizes="live"
    )


class SubjectTest(unittest.TestCase):
    def test_a_notebook_is_run_on_its_own_model_where_that_is_here(self):
        subjects = run_notebooks.subjects
        self.assertEqual(("reference", "reference"), subjects(options(), notebook()))
        self.assertEqual(("smollm2", "reference"), subjects(options(), notebook("smollm2")))
        here = options(here="smollm2,smollm2-world")
        self.assertEqual(("smollm2", "smollm2"), subjects(here, notebook("smollm2")))
        asked = options(model="llama", here="smollm2")
        self.assertEqual(("smollm2", "llama"), subjects(asked, notebook("smollm2")))

    def test_sentences_about_another_model_are_left_out(self):
        run = run_notebooks.prepared(notebook("smollm2"), "smollm2", "reference")
        self.assertEqual("Always. ", run.cells[0].source)
        run = run_notebooks.prepared(notebook("smollm2"), "smollm2", "smollm2")
        self.assertIn("It is so.", run.cells[0].source)

    def test_a_kernel_is_told_the_sizes_and_a_model_that_was_asked_for(self):
        with mock.patch.dict("os.environ", {"HEADSCOPE_MODEL": "x", "HEADSCOPE_MODELS": "m"}):
            env = run_notebooks.environment(options(), "smollm2")
            self.assertNotIn("HEADSCOPE_MODEL", env)
            self.assertEqual(("live", "m"), (env["HEADSCOPE_SIZES"], env["HEADSCOPE_MODELS"]))
            asked = options(model="smollm2", path=pathlib.Path("/models/s.gguf"))
            env = run_notebooks.environment(asked, "smollm2")
            self.assertEqual("smollm2", env["HEADSCOPE_SUBJECT"])
            self.assertEqual("/models/s.gguf", env["HEADSCOPE_MODEL"])
            env = run_notebooks.environment(options(model="reference"), "reference")
            self.assertEqual("reference", env["HEADSCOPE_MODEL"])

    def test_the_kernel_loads_the_jar_that_is_compared(self):
        jar, libraries = run_notebooks.class_path(pathlib.Path("other/headscope.jar")).split(":")
        self.assertEqual(str(pathlib.Path("other/headscope.jar").absolute()), jar)
        self.assertEqual(str(pathlib.Path("other/lib/*").absolute()), libraries)


class AlikeTest(unittest.TestCase):
    def test_numbers_may_differ_by_one_in_the_fourth_decimal_or_a_thousandth(self):
        for was, found in [("0.0353", "0.0354"), ("-0.0201", "-0.0200"), ("1.1e-5", "9e-6"),
                           ("20.00", "20.02"), ("L1 is  0.5", "L1 is 0.5001"),
                           ("key 9e12345678 took 3", "key 9e12345678 took 3.0001")]:
            self.assertTrue(run_notebooks.alike(was, found), (was, found))
        for was, found in [("0.0353", "0.0355"), ("20.00", "20.03"), ("3 heads", "4 heads"),
                           ("0.5 holds", "0.5 fails"), ("1 2", "1"), ("9e12345678", "8e12345678")]:
            self.assertFalse(run_notebooks.alike(was, found), (was, found))


if __name__ == "__main__":
    unittest.main()
