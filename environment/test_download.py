"""headscope download against a hub on localhost: what is fetched, how it goes on, what it says."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from small_hub import SmallHub

ROOT = pathlib.Path(__file__).resolve().parent.parent
TINY = ROOT / "kernel-lib/src/test/resources/fixtures/checkpoints/llama31"


class DownloadTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        ggufs = self.folder / "ggufs"
        ggufs.mkdir()
        for name in ("a-Q4_0.gguf", "b-00001-of-00002.gguf", "b-00002-of-00002.gguf", "README.md"):
            (ggufs / name).write_bytes(name.encode() * 1000)
        self.hub = SmallHub({"org/tiny": TINY, "org/ggufs": ggufs})
        self.hub.__enter__()
        self.addCleanup(self.hub.__exit__)

    def headscope(self, *words, **environment):
        """Runs a command; gives its exit code, what it printed and what it complained of."""
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HEADSCOPE_"))}
        run = subprocess.run(
            [ROOT / "environment/headscope", *words],
            env={
                **keep,
                "HF_HOME": str(self.folder / "home"),
                "HF_ENDPOINT": self.hub.url,
                "HF_HUB_DOWNLOAD_TIMEOUT": "3",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        return run.returncode, run.stdout, run.stderr

    def fails(self, words, *expected, **environment):
        code, out, err = self.headscope("download", *words, **environment)
        self.assertEqual(1, code, out + err)
        self.assertEqual(1, len(err.splitlines()), err)
        for word in (*expected, "ERRORS.md#download"):
            self.assertIn(word, err)

    def cached(self, model):
        snapshots = self.folder / "home/hub" / f"models--{model.replace('/', '--')}/snapshots"
        return snapshots / self.hub.commit(model)

    def test_only_what_is_read_is_fetched_and_then_runs_by_name(self):
        code, out, err = self.headscope("download", "org/tiny")
        self.assertEqual((0, "org/tiny can be run\n"), (code, out), err)
        names = {p.name for p in self.cached("org/tiny").iterdir()}
        wanted = {p.name for p in TINY.iterdir() if not p.name.startswith("expected")}
        self.assertEqual(wanted, names)
        code, out, err = self.headscope(
            "generate", "--model", "org/tiny", "--ids", "1,2,3", "--max-new-tokens", "2"
        )
        self.assertEqual(0, code, err)
        code, out, err = self.headscope("models")
        self.assertRegex(out, r"(?m)^org/tiny +llama .* yes$")

    def test_one_gguf_file_and_all_parts_of_a_split_one(self):
        code, out, err = self.headscope("download", "org/ggufs", "--file", "a-Q4_0.gguf")
        self.assertEqual(0, code, err)
        self.assertEqual(self.cached("org/ggufs") / "a-Q4_0.gguf", pathlib.Path(out.strip()))
        self.assertEqual(["a-Q4_0.gguf"], [p.name for p in self.cached("org/ggufs").iterdir()])
        code, out, err = self.headscope("download", "org/ggufs", "--file", "b-00002-of-00002.gguf")
        self.assertEqual(0, code, err)
        self.assertEqual(3, len(list(self.cached("org/ggufs").iterdir())))

    def test_a_download_that_was_cut_off_goes_on_where_it_stopped(self):
        big = self.folder / "ggufs/big.gguf"
        big.write_bytes(bytes(25_000_000))
        self.hub.cut_after = lambda first: 12_000_000 if first == 0 else 0
        words = ["download", "org/ggufs", "--file", "big.gguf"]
        self.fails(words[1:], "goes on where it stopped")
        self.hub.cut_after = None
        self.hub.requests.clear()
        code, out, err = self.headscope(*words)
        self.assertEqual(0, code, err)
        self.assertEqual(big.read_bytes(), pathlib.Path(out.strip()).read_bytes())
        transfers = [r for method, path, r in self.hub.requests if method == "GET" and ".gguf" in path]
        self.assertEqual(["bytes=10485760-"], transfers)

    def test_a_model_that_is_not_whole_says_what_it_lacks(self):
        self.assertEqual(0, self.headscope("download", "org/tiny")[0])
        (self.cached("org/tiny") / "model-00002-of-00002.safetensors").unlink()
        code, out, err = self.headscope("generate", "--model", "org/tiny", "--ids", "1")
        self.assertEqual(1, code, err)
        self.assertIn("lacks model-00002-of-00002.safetensors", err)
        self.assertEqual(0, self.headscope("download", "org/tiny")[0])
        self.assertEqual(0, self.headscope("generate", "--model", "org/tiny", "--ids", "1")[0])

    def test_a_gated_model_says_what_to_accept_and_takes_a_token(self):
        self.hub.gated.add("org/tiny")
        self.fails(["org/tiny"], "gated", "https://huggingface.co/org/tiny", "HF_TOKEN")
        self.fails(["org/tiny"], "gated", HF_TOKEN="hf_wrong")
        code, out, err = self.headscope("download", "org/tiny", HF_TOKEN=self.hub.token)
        self.assertEqual(0, code, err)

    def test_what_is_not_on_the_hub_is_named(self):
        self.fails(["org/none"], "no model org/none", "private", "HF_TOKEN")
        self.fails(["org/tiny@v9"], "org/tiny has no revision v9")
        self.fails(["org/ggufs"], "no weights as safetensors", "a-Q4_0.gguf", "b-00001-of-00002.gguf")
        self.fails(["org/ggufs", "--file", "c.gguf"], "no file c.gguf", "a-Q4_0.gguf")
        self.fails(["org/tiny", "--file", "c.gguf"], "no file c.gguf", "it has no GGUF files")

    def test_without_a_network_it_says_so(self):
        closed = "http://127.0.0.1:9"
        self.fails(["org/tiny"], "cannot be reached", "refused", "HF_ENDPOINT", HF_ENDPOINT=closed)
        self.fails(["org/tiny"], "HF_HUB_OFFLINE", "unset", HF_HUB_OFFLINE="1")

    def test_a_name_that_is_none_of_the_hub_never_reaches_it(self):
        for name in ("../../etc", "/etc", "a/b/c", "org/tiny@../x", "-rf", "org/tiny@", ""):
            code, _, err = self.headscope("download", "--", name)
            self.assertEqual(2, code, err)
        code, _, err = self.headscope("download", "org/tiny", "--file", "*.gguf")
        self.assertEqual(2, code, err)
        self.assertEqual([], self.hub.requests)


if __name__ == "__main__":
    unittest.main()
