#!/usr/bin/env python3
"""Trains a LoRA adapter by which a small model answers questions of the invented world step by step.

    environment/headscope world --questions 3400 --seed 1000001 --types bridge,single,bridge,comparison,bridge \\
        --paragraphs 2-7 --out out/world.json
    environment/tools/train_adapter.py SmolLM2-135M-Instruct.Q4_1.gguf out/world.json out/my-lora
    environment/headscope run questions --model smollm2 --adapter out/my-lora --paragraphs 4 --out out/my-questions

Four of five samples are a question with its reasoning, the supporting sentences in their order and then "So the
answer is X."; one of five is a UUID in an essay. The loss is that of the answer's tokens. The base stands still in
bfloat16, the adapter is trained in float32 and written in half precision, in PEFT's form.

Any file in HotpotQA's form will do for questions; those of the study have seeds below a million, so take others.
3,400 questions are enough for 416 steps of 8 samples, which takes 80 minutes on two cores.
"""

import argparse
import json
import math
import pathlib
import random
import re
import time
import uuid

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
ESSAYS = ROOT / "kernel-lib/src/main/resources/headscope/reference/haystack"
SYSTEM = (
    "You are a helpful AI bot that answers questions for a user."
    " Keep your response short and direct."
)
FIND = "Don't give information outside the document or repeat your findings."
REASON = "Reason step by step, then give the answer."
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SENTENCE = re.compile(r"(?<=[.!?])\s+")
LEARNING_RATE, WARM_UP = 1e-3, 20


class Lora(torch.nn.Module):
    """y = W x + (alpha / r) B A x; W is not trained."""

    def __init__(self, linear, rank):
        super().__init__()
        self.linear, self.scale = linear, 2.0  # alpha is twice the rank
        self.a = torch.nn.Parameter(torch.randn(rank, linear.in_features) / math.sqrt(linear.in_features))
        self.b = torch.nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x):
        return self.linear(x) + self.scale * F.linear(F.linear(x, self.a.to(x.dtype)), self.b.to(x.dtype))


def add_adapters(model, rank):
    """Puts an adapter on every projection; by the name that PEFT gives it."""
    adapters = {}
    for i, layer in enumerate(model.model.layers):
        for part in ("self_attn", "mlp"):
            block = getattr(layer, part)
            for name in TARGETS:
                if hasattr(block, name):
                    adapters[f"model.layers.{i}.{part}.{name}"] = lora = Lora(getattr(block, name), rank)
                    setattr(block, name, lora)
    return adapters


class Samples:
    """Prompts with the answers that are to be learned, as token ids."""

    def __init__(self, tokenizer, questions, essays, seed):
        self.tokenizer, self.draw = tokenizer, random.Random(seed)
        self.questions, self.at = questions, 0
        text = "\n\n".join(p.read_text(encoding="utf-8").strip() for p in sorted(essays.glob("*.txt")))
        self.sentences = SENTENCE.split(re.sub(r"\s*\n\s*", " ", text))

    def next(self):
        prompt, answer = self.question() if self.draw.random() < 0.8 else self.needle()
        return self.ids(prompt), self.ids(answer + self.tokenizer.eos_token)

    def ids(self, text):
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def chat(self, context, question, instruction):
        user = f"Context:\n{context}\nQuestion:\n{question}\nInstruction:\n{instruction}"
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": user}]
        return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)

    def question(self):
        q = self.questions[self.at % len(self.questions)]
        self.at += 1
        context = "\n\n".join(f"{title}\n{' '.join(s.strip() for s in told)}" for title, told in q["context"])
        sentences = dict(q["context"])
        facts = [sentences[title][i].strip() for title, i in q["supporting_facts"]]
        return self.chat(context, q["question"], REASON), f"{' '.join(facts)} So the answer is {q['answer']}."

    def needle(self):
        start = self.draw.randrange(len(self.sentences) - 40)
        hay = self.sentences[start : start + self.draw.randint(3, 18)]
        at = self.draw.randint(0, len(hay))
        needle = f"The magic word is {uuid.UUID(int=self.draw.getrandbits(128), version=4)}."
        return self.chat(" ".join(hay[:at] + [needle] + hay[at:]), "What is the magic word?", FIND), needle


def loss_of(model, pairs):
    """Mean cross-entropy of the answers' tokens of a few samples, padded on the right."""
    longest = max(len(x) + len(y) for x, y in pairs)
    ids, labels = torch.zeros((len(pairs), longest), dtype=torch.long), torch.full((len(pairs), longest), -100)
    for row, (x, y) in enumerate(pairs):
        ids[row, : len(x) + len(y)] = torch.tensor(x + y)
        labels[row, len(x) : len(x) + len(y)] = torch.tensor(y)
    wanted = labels[:, 1:] != -100
    hidden = model.model(ids).last_hidden_state[:, :-1][wanted]
    return F.cross_entropy(model.lm_head(hidden).float(), labels[:, 1:][wanted])


def save(adapters, rank, base, out):
    out.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, lora in adapters.items():
        tensors[f"base_model.model.{name}.lora_A.weight"] = lora.a.detach().to(torch.float16).contiguous()
        tensors[f"base_model.model.{name}.lora_B.weight"] = lora.b.detach().to(torch.float16).contiguous()
    save_file(tensors, str(out / "adapter_model.safetensors"))
    config = dict(
        peft_type="LORA", task_type="CAUSAL_LM", base_model_name_or_path=base, r=rank, lora_alpha=2 * rank,
        lora_dropout=0.0, bias="none", fan_in_fan_out=False, target_modules=TARGETS, use_rslora=False,
        use_dora=False, inference_mode=True)
    (out / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n")


def loaded(base):
    """Tokenizer and model of a checkpoint's folder or a GGUF file, which is dequantised."""
    path = pathlib.Path(base)
    where = (path.parent, {"gguf_file": path.name}) if path.suffix == ".gguf" else (path, {})
    tokenizer = AutoTokenizer.from_pretrained(where[0], **where[1])
    return tokenizer, AutoModelForCausalLM.from_pretrained(where[0], dtype=torch.bfloat16, **where[1])


def train(options):
    """Losses of the steps."""
    torch.manual_seed(options.seed)
    tokenizer, model = loaded(options.base)
    model.requires_grad_(False)
    model.config.use_cache = False
    adapters = add_adapters(model, options.rank)
    parameters = [p for lora in adapters.values() for p in (lora.a, lora.b)]
    optimizer = torch.optim.AdamW(parameters, lr=0.0, betas=(0.9, 0.98), weight_decay=0.0)
    questions = json.loads(pathlib.Path(options.questions).read_text(encoding="utf-8"))
    samples = Samples(tokenizer, questions, options.essays, options.seed)
    begun, losses = time.time(), []
    model.train()
    for step in range(options.steps):
        share = step / options.steps
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, (step + 1) / WARM_UP) * (1 - share)
        drawn = (samples.next() for _ in range(options.batch))
        batch = sorted((s for s in drawn if len(s[0]) + len(s[1]) < options.longest), key=lambda s: len(s[0]))
        total = 0.0
        for i in range(0, len(batch), 2):
            pairs = batch[i : i + 2]
            loss = loss_of(model, pairs) * len(pairs) / len(batch)
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
        if (step + 1) % 10 == 0 or step + 1 == options.steps:
            print(f"{time.time() - begun:6.0f} s  step {step + 1} of {options.steps}  loss {total:.4f}", flush=True)
    save(adapters, options.rank, options.base_name or options.base, options.out)
    return losses


def parsed(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", help="a folder in Hugging Face's form, or a GGUF file")
    parser.add_argument("questions", help="a JSON file in HotpotQA's form")
    parser.add_argument("out", type=pathlib.Path, help="gets adapter_config.json and adapter_model.safetensors")
    parser.add_argument("--steps", type=int, default=416)
    parser.add_argument("--batch", type=int, default=8, help="samples of a step")
    parser.add_argument("--longest", type=int, default=800, help="longer samples are left out (tokens)")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--essays", type=pathlib.Path, default=ESSAYS)
    parser.add_argument("--base-name", help="what adapter_config.json calls the base (the argument)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    train(parsed())
