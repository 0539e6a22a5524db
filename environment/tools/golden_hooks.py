#!/usr/bin/env python3
"""Records what transformers computes at every hook, for the tests of observers.

    golden_hooks.py FOLDER CHECKPOINT ...

Each CHECKPOINT is a folder of the fixtures, with expected.json beside its weights: the prompts come
from there. FOLDER gets a file NAME.safetensors for each: of each prompt the rows [3, T // 2, T - 1],
named in the metadata.

    <prompt>.residPre, attnOut, mlpOut, residPost   [layers, rows, hidden]
    <prompt>.q, z                                   [layers, heads, rows, head dimension]
    <prompt>.k, v                                   [layers, key/value heads, rows, head dimension]
    <prompt>.pattern                                [layers, heads, rows, positions]
    <prompt>.logits                                 [rows, vocabulary]

Needs the packages of requirements.txt.
"""
import argparse
import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

POST_NORM = {"gemma3_text", "olmo2"}  # what is added to the stream is the output of a norm


def rows_of(length):
    return sorted({min(3, length - 1), length // 2, length - 1})


class Recorder:
    """Listens to a model and keeps what it computes, by hook, a layer each."""

    def __init__(self, model):
        self.model = model
        self.seen = {}
        module = sys.modules[type(model).__module__]
        plain = module.eager_attention_forward

        def eager(of, query, key, value, *args, **kwargs):
            z, pattern = plain(of, query, key, value, *args, **kwargs)
            self.keep("q", query[0])
            self.keep("k", key[0])
            self.keep("v", value[0])
            self.keep("pattern", pattern[0])
            return z, pattern

        module.eager_attention_forward = eager
        self.undo = lambda: setattr(module, "eager_attention_forward", plain)
        config = model.config
        for layer in model.model.layers:
            layer.register_forward_pre_hook(
                lambda m, args, kwargs: self.keep("residPre", (args or [kwargs["hidden_states"]])[0][0]),
                with_kwargs=True,
            )
            layer.register_forward_hook(
                lambda m, args, out: self.keep("residPost", (out if torch.is_tensor(out) else out[0])[0])
            )
            layer.self_attn.o_proj.register_forward_pre_hook(
                lambda m, args: self.keep(
                    "z", args[0][0].unflatten(-1, (config.num_attention_heads, -1)).transpose(0, 1)
                )
            )
            post = config.model_type in POST_NORM
            attention = layer.post_attention_layernorm if post else layer.self_attn.o_proj
            mlp = layer.post_feedforward_layernorm if post else layer.mlp
            attention.register_forward_hook(lambda m, args, out: self.keep("attnOut", out[0]))
            mlp.register_forward_hook(lambda m, args, out: self.keep("mlpOut", out[0]))

    def keep(self, name, tensor):
        self.seen.setdefault(name, []).append(tensor.detach().clone())

    def run(self, ids):
        self.seen = {}
        with torch.no_grad():
            self.seen["logits"] = self.model(torch.tensor([ids])).logits[0]
        return self.seen


def record(folder, out):
    expected = json.loads((folder / "expected.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    recorder = Recorder(model)
    tensors = {}
    rows = {}
    for prompt, ids in expected["prompts"].items():
        at = rows_of(len(ids))
        rows[prompt] = at
        for name, value in recorder.run(ids).items():
            stacked = value if name == "logits" else torch.stack(value)
            rows_axis = 0 if name == "logits" else -2
            picked = stacked.index_select(rows_axis, torch.tensor(at))
            tensors[f"{prompt}.{name}"] = picked.contiguous()
    recorder.undo()
    out.mkdir(parents=True, exist_ok=True)
    save_file(
        tensors,
        out / f"{folder.name}.safetensors",
        {
            "rows": json.dumps(rows),
            "transformers": transformers.__version__,
            "torch": torch.__version__.split("+")[0],
        },
    )
    print(f"{folder.name}: {len(tensors)} tensors, prompts {', '.join(rows)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("checkpoints", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    for folder in options.checkpoints:
        record(folder, options.out)


if __name__ == "__main__":
    main()
