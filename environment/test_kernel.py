"""Asks the Java kernel for help, completion and displays, as JupyterLab does.

usage: python test_kernel.py   with the Python of .venv, after the kernel was installed
"""

import os
import pathlib
import queue
import sys
import time
import unittest

from jupyter_client.manager import start_new_kernel

import lint_notebooks

HAS_JDK_SOURCES = any(
    (pathlib.Path(home) / "lib" / "src.zip").exists()
    for home in [os.environ.get("JAVA_HOME", "/nowhere")]
)


class KernelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.manager, cls.client = start_new_kernel(kernel_name="java", startup_timeout=180)
        cls.run_cell("Notebook.start(); Trace trace = null; LanguageModel model = null;")

    @classmethod
    def tearDownClass(cls):
        cls.client.stop_channels()
        cls.manager.shutdown_kernel(now=True)

    @classmethod
    def answer(cls, message):
        end = time.time() + 120
        while time.time() < end:
            try:
                reply = cls.client.get_shell_msg(timeout=5)
            except queue.Empty:
                continue
            if reply["parent_header"].get("msg_id") == message:
                return reply["content"]
        raise AssertionError("the kernel does not answer")

    @classmethod
    def run_cell(cls, code):
        shown = []

        def keep(message):
            if message["msg_type"] in ("execute_result", "display_data"):
                shown.append(message["content"]["data"])
            if message["msg_type"] == "error":
                shown.append({"text/plain": message["content"]["evalue"]})

        cls.client.execute_interactive(code, timeout=180, output_hook=keep)
        return shown

    def help(self, code):
        content = self.answer(self.client.inspect(code, len(code)))
        self.assertTrue(content["found"], code)
        return content["data"]["text/plain"], content["data"]["text/html"]

    def completions(self, code):
        return self.answer(self.client.complete(code, len(code)))["matches"]

    def test_help_has_signature_and_javadoc_of_methods(self):
        text, html = self.help("CopyPasteScore.of(")
        self.assertIn("ScoreMatrix CopyPasteScore.of(Trace trace)", text)
        self.assertIn("Eq. 1 at every counted step of a generation.", text)
        text, html = self.help("HeadSet.top(")
        self.assertIn("HeadSet HeadSet.top(double[] scores, int headsPerLayer, int n)", text)
        self.assertIn("<code>headsPerLayer</code>", html)

    def test_help_has_the_comment_of_classes_and_of_what_a_variable_is(self):
        text, html = self.help("Trace")
        self.assertIn("record Trace(String model, int layers", text)
        self.assertIn("List&lt;Step&gt; steps", html)
        text, _ = self.help("model")
        self.assertIn("LanguageModel model", text)
        self.assertIn("A language model that can be watched", text)

    def test_help_has_what_a_record_says_of_its_components(self):
        text, html = self.help("trace.steps(")
        self.assertIn("List<Step> Trace.steps()", text)
        self.assertIn("List&lt;Step&gt; Trace.steps()", html)
        self.assertNotIn("<Step>", html)
        self.assertIn("a row per generated token", text)

    def test_help_works_within_a_name_and_in_a_longer_cell(self):
        code = "int a = 1;\nHeadSet.parse(\"L0-H1\").size()"
        content = self.answer(self.client.inspect(code, code.index("parse") + 2))
        self.assertTrue(content["found"])
        self.assertIn("HeadSet HeadSet.parse(String text)", content["data"]["text/plain"])

    def test_help_of_the_jdk(self):
        text, html = self.help("Optional.of(")
        self.assertIn("of(T value)", text)
        self.assertIn("&lt;T&gt;", html)
        if HAS_JDK_SOURCES:
            self.assertIn("non-null", text)

    def test_help_of_nothing_is_not_found(self):
        self.assertFalse(self.answer(self.client.inspect("noSuchName(", 11))["found"])

    def test_completion_leaves_out_what_every_object_has(self):
        offered = self.completions("trace.")
        self.assertIn("steps()", offered)
        for name in ("notify()", "notifyAll()", "wait()", "wait(", "getClass()"):
            self.assertNotIn(name, offered)
        self.assertEqual(["getClass()"], self.completions("trace.getCl"))

    def test_values_show_themselves_and_no_hash_is_shown(self):
        cells = {
            "Docs.of(HeadId.class)": "One query head",
            "HeadSet.parse(\"L0-H1,L2-H3\")": "title=\"L2-H3",
            "new float[] {1, .5f}": "float[2]: 1, 0.5",
            "List.of(new HeadId(1, 2))": "<td style=\"text-align:right\">2</td>",
            "List.of(1, 2)": "[1, 2]",
            "\"text\"": "text",
            "new Object()": "Object",
            "java.util.stream.Stream.of(1)": "no text of its own",
            "ModelConfig.of(Checkpoint.parse(\"reference\"))": "6 × 12 = 72",
        }
        for code, expected in cells.items():
            shown = self.run_cell(code)
            self.assertEqual(1, len(shown), code)
            self.assertIn(expected, " ".join(shown[0].values()), code)
            for text in shown[0].values():
                self.assertIsNone(lint_notebooks.HASH.search(text), code)

    def test_the_lint_knows_a_hash_when_it_sees_one(self):
        for hashed in ("[F@1b2c3d4", "[[D@7a81197d", "headscope.trace.Trace@1b2c3d4f"):
            self.assertIsNotNone(lint_notebooks.HASH.search(f"x {hashed} y"))
        for plain in ("a@b.c", "user@facade.org", "needle @ 5 tokens"):
            self.assertIsNone(lint_notebooks.HASH.search(plain))


if __name__ == "__main__":
    result = unittest.main(verbosity=1, exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f"kernel: {result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
