"""Computes with Hugging Face transformers what headscope computed, and says how far they are apart.

    verify_hf.py check               versions, as JSON
    verify_hf.py compare ASKED OUT   compares what the JSON file ASKED names, writes the JSON file OUT

Run by `headscope verify`. Exit code 3: transformers has no reader for this GGUF file.
"""

import json
import math
import pathlib
import sys

import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging

NO_READER = 3
LARGEST = sys.float_info.max  # in place of what is not finite


class Recorder:
    """Keeps the rows that are asked for: the stream at every layer's end, all patterns."""

    def __init__(self, model):
        self.model = model
        self.rows = None
        module = sys.modules[type(model).__module__]
        plain = module.eager_attention_forward

        def eager(*args, **kwargs):
            z, pattern = plain(*args, **kwargs)
            if self.rows is not None:
                self.patterns.append(pattern[0].index_select(1, self.rows).float())
            return z, pattern

        module.eager_attention_forward = eager
        layers = model.model.layers
        layers[0].register_forward_pre_hook(
            lambda m, args, kwargs: self.keep((args or [kwargs["hidden_states"]])[0]), with_kwargs=True
        )
        for layer in layers:
            layer.register_forward_hook(lambda m, args, out: self.keep(out if torch.is_tensor(out) else out[0]))

    def keep(self, stream):
        if self.rows is not None:
            self.streams.append(stream[0].index_select(0, self.rows).float())

    def run(self, prompt, tokens):
        """hidden [layers + 1, rows, D], pattern [layers, heads, rows, T], logits [rows, V], steps [S, V]."""
        self.streams, self.patterns = [], []
        self.rows = torch.tensor(prompt["rows"])
        stretch = self.model(torch.tensor([prompt["ids"]]), use_cache=True)
        logits = stretch.logits[0].index_select(0, self.rows).float()
        self.rows = None
        steps = [stretch.logits[0, -1].float()]
        for token in tokens[:-1]:
            stretch = self.model(
                torch.tensor([[token]]), past_key_values=stretch.past_key_values, use_cache=True
            )
            steps.append(stretch.logits[0, -1].float())
        return {
            "hidden": torch.stack(self.streams),
            "pattern": torch.stack(self.patterns),
            "logits": logits,
            "steps": torch.stack(steps),
        }


def loaded(asked):
    """The model in float32, adapters merged."""
    more = {}
    if asked.get("gguf"):
        more = {"gguf_file": pathlib.Path(asked["gguf"]).name, "config": AutoConfig.from_pretrained(asked["folder"])}
    where = pathlib.Path(asked["gguf"]).parent if more else asked["folder"]
    try:
        model = AutoModelForCausalLM.from_pretrained(
            where, dtype=torch.float32, attn_implementation="eager", **more
        )
    except (NotImplementedError, ValueError) as e:
        if more:
            print(e, file=sys.stderr)
            sys.exit(NO_READER)
        raise
    for folder in asked["adapters"]:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, folder).merge_and_unload()
    return model.eval()


def turned(model, dtype):
    """The weights in another type. Tables of rotary positions stay, as where transformers loads."""
    for p in model.parameters():
        p.data = p.data.to(dtype)


def finite(x):
    x = float(x)
    return x if math.isfinite(x) else LARGEST


def hidden_apart(x, y):
    """The length of the difference over that of the vector, the largest of all rows: [layers + 1]."""
    return ((x - y).norm(dim=-1) / y.norm(dim=-1).clamp_min(1e-30)).amax(-1)


def weights_apart(x, y):
    """The largest difference of a head: [layers, heads]."""
    return (x - y).abs().amax((-1, -2))


def logits_apart(x, y):
    """The largest difference of the logits, over the largest of them."""
    both = [(x[k] - y[k]).abs().max() / y[k].abs().max().clamp_min(1e-30) for k in ("logits", "steps")]
    return max(finite(b) for b in both)


def leads(values):
    """By how much the largest is ahead of the second."""
    if values.shape[-1] < 2:
        return torch.full(values.shape[:-1], math.inf)
    two = values.topk(2, -1).values
    return two[..., 0] - two[..., 1]


def compared(asked, dtype, ours, theirs, plain):
    """One type: what was found over all prompts, beside what is allowed.

    In float32 the tolerances are those asked for. In another type they are twice what that type
    costs transformers itself, measured against its own float32, and the tolerances of float32 more.
    """
    tolerance = asked["tolerance"]

    def allowed(of, floor, same=0):
        costs = [2 * of(t, p) for t, p in zip(theirs, plain)] if plain else [same]
        return torch.stack([torch.as_tensor(c, dtype=torch.float32) for c in costs]).amax(0) + floor

    def most(of):
        return torch.stack([of(o, t) for o, t in zip(ours, theirs)]).amax(0)

    of_hidden = lambda x, y: hidden_apart(x["hidden"], y["hidden"])
    of_weights = lambda x, y: weights_apart(x["pattern"], y["pattern"])
    hidden = most(of_hidden)
    hidden_allowed = allowed(of_hidden, tolerance["hidden"], torch.zeros_like(hidden))
    weights = most(of_weights)
    weight_allowed = allowed(
        lambda x, y: of_weights(x, y).amax(-1), tolerance["weight"], torch.zeros(weights.shape[0])
    )
    logits = max(logits_apart(o, t) for o, t in zip(ours, theirs))
    logits_allowed = float(allowed(logits_apart, tolerance["logits"], torch.tensor(0.0)))
    # Two weights that are nearer than this may change places.
    weight_lead = torch.full_like(weight_allowed, tolerance["weightLead"]) if not plain else weight_allowed
    same = torch.zeros_like(weights, dtype=torch.long)
    apart = torch.zeros_like(same)
    rows = 0
    for o, t in zip(ours, theirs):
        moved = o["pattern"].argmax(-1) != t["pattern"].argmax(-1)  # [layers, heads, rows]
        same += (~moved).sum(-1)
        apart += (moved & (leads(t["pattern"]) > weight_lead[:, None, None])).sum(-1)
        rows += moved.shape[-1]
    tokens = {"same": 0, "of": 0, "apart": 0}
    for p, o, t in zip(asked["prompts"], ours, theirs):
        moved = torch.tensor(p["tokens"][dtype]) != t["steps"].argmax(-1)
        lead = tolerance["tokenLead"] if not plain else logits_allowed * float(t["steps"].abs().max())
        tokens["same"] += int((~moved).sum())
        tokens["of"] += len(moved)
        tokens["apart"] += int((moved & (leads(t["steps"]) > lead)).sum())
    places = []
    for i in range(len(hidden)):
        l = i - 1  # the embedding has no heads
        places.append(
            {
                "name": f"layer {l}" if i else "embedding",
                "hidden": finite(hidden[i]),
                "hiddenAllowed": finite(hidden_allowed[i]),
                "heads": {
                    "weight": [finite(w) for w in weights[l]] if i else [],
                    "same": same[l].tolist() if i else [],
                    "apart": apart[l].tolist() if i else [],
                    "rows": rows,
                    "weightAllowed": finite(weight_allowed[l]) if i else 0.0,
                },
            }
        )
    return {
        "dtype": dtype,
        "places": places,
        "logits": {"difference": finite(logits), "allowed": finite(logits_allowed)},
        "tokens": tokens,
    }


def compare(asked):
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_grad_enabled(False)
    model = loaded(asked)
    recorder = Recorder(model)
    prompts = asked["prompts"]
    runs = lambda dtype: [recorder.run(p, p["tokens"][dtype]) for p in prompts]
    plain = {dtype: runs(dtype) for dtype in asked["dtypes"]}
    results = []
    for dtype in asked["dtypes"]:
        theirs = plain[dtype]
        if dtype != "float32":
            # halves of halves would not be what the checkpoint has
            model = loaded(asked)
            turned(model, getattr(torch, dtype))
            recorder = Recorder(model)
            theirs = runs(dtype)
        ours = [load_file(f"{asked['records']}/{dtype}-{i}.safetensors") for i in range(len(prompts))]
        results.append(compared(asked, dtype, ours, theirs, plain[dtype] if dtype != "float32" else None))
    return {"versions": versions(), "results": results}


def versions():
    found = {"transformers": transformers.__version__, "torch": torch.__version__}
    try:
        import peft

        found["peft"] = peft.__version__
    except ImportError:
        pass
    return found


def main():
    if sys.argv[1:] == ["check"]:
        print(json.dumps(versions()))
        return
    _, asked, out = sys.argv[1:]
    result = compare(json.loads(pathlib.Path(asked).read_text(encoding="utf-8")))
    pathlib.Path(out).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
