"""Runs a sweep of headscope and the same trials in Hugging Face transformers, in turns.

Each run is a process of its own. headscope goes first in each round and leaves a trace a prompt;
the others are given the prompts and tokens of the traces, record the same of every head at every
token, and are compared with them. environment/compare-hf describes the ways.
"""

import json
import pathlib
import sys
import time

from compare_hf import OURS, WARM_UP, Cannot, about, agreement, arguments, available_bytes, by_layer
from compare_hf import called, finds, in_turns, java_environment, megabytes, ratio, read, read_options
from compare_hf import read_trace, speed, status

ALONE = "alone"
NAMES = {
    OURS: "headscope, together",
    ALONE: "headscope, one at a time",
    "batched": "transformers, batched",
    "one": "transformers, one at a time",
    "llama.cpp": "llama.cpp, plain, one at a time",
}
THEIRS = ["batched", "one", "llama.cpp"]


def main():
    options = parsed()
    options.work.mkdir(parents=True, exist_ok=True)
    if not options.model.exists():
        print("making the checkpoint", file=sys.stderr)
        bench = ["--make-random", "--lengths", "16", "--new-tokens", "1", "--runs", "1"]
        called([options.headscope, "bench", "--model", options.model, *bench])
    everything = []
    for length in options.lengths:
        ways = [OURS, ALONE, *options.ways]
        runs, refused = in_turns(options, length, options.rounds, ways, NAMES, run)
        everything.append({"length": length, "runs": runs, "cannot": refused})
        report(options, length, runs, refused)
    print(f"{options.model.name}, {about(options)}")
    if options.json:
        options.json.write_text(json.dumps({"about": about(options), "sweeps": everything}, indent=1))
    found = [r["agreement"] for e in everything for way in e["runs"].values() for r in way if "agreement" in r]
    sys.exit(0 if all(a["same"] for a in found) else 1)


def parsed():
    parser = arguments("compare-hf --sweep", __doc__.splitlines()[0], [970], 40, THEIRS)
    parser.add_argument("--rows", type=int, default=8)
    options = read_options(parser, worker)
    unknown = set(options.ways) - set(THEIRS)
    if unknown:
        parser.error(f"--ways are of {', '.join(THEIRS)}, got {','.join(options.ways)}")
    if min(options.lengths) < 200 or min(options.rows, options.new_tokens, options.rounds, options.threads) < 1:
        parser.error("lengths begin at 200 tokens; rows, new tokens, rounds and threads at 1")
    return options


# --- one run -----------------------------------------------------------------------------------


def run(options, way, length):
    """Seconds of prompts and generation, memory and agreement of one run."""
    traces = options.work / f"sweep-{length}"
    if way in (OURS, ALONE):
        return headscope(options, length, traces if way == OURS else None)
    if way != "llama.cpp":
        wanted = predicted_bytes(options, way, length)
        limit = min(options.memory * 1e9, available_bytes() * 0.9)
        if wanted > limit:
            raise Cannot(f"cannot: {wanted / 1e9:,.1f} GB wanted, {limit / 1e9:.1f} GB to be had")
    out = options.work / f"sweep-{length}-{way}"
    command = [sys.executable, __file__, "--headscope", options.headscope, "--work", options.work]
    command += ["--model", options.model, "--threads", str(options.threads)]
    command += ["--rows", str(options.rows), "--new-tokens", str(options.new_tokens)]
    command += ["--worker", way, traces, out]
    measured = json.loads(called(command).splitlines()[-1])
    if "cannot" in measured:
        raise Cannot(measured["cannot"])
    if way != "llama.cpp":
        measured["agreement"] = together(
            agreement(read_trace(ours), read(out / theirs_of(ours))) for ours in trace_files(traces)
        )
    return measured


def trace_files(folder):
    return sorted(folder.glob("*.trace.safetensors"))


def theirs_of(trace):
    return trace.name.replace(".trace", "")


def together(agreements):
    """The agreement of all rows: counts added up, distances at their greatest."""
    all_rows = list(agreements)
    worst = {"weight", "weight_where_moved", "mass"}
    result = {k: (max if k in worst else sum)(a[k] for a in all_rows) for k in all_rows[0]}
    result["same"] = all(a["same"] for a in all_rows)
    return result


def headscope(options, length, traces):
    command = [options.headscope, "bench", "--sweep", "--model", options.model, "--lengths", str(length)]
    command += ["--rows", str(options.rows), "--groups", str(options.rows if traces else 1)]
    command += ["--new-tokens", str(options.new_tokens), "--runs", "1", "--traced-only", "--json"]
    if traces:
        for old in trace_files(traces):
            old.unlink()
        command += ["--trace", traces]
    o = json.loads(called(command, java_environment(options)).splitlines()[-1])
    row = o["sweep"][0]
    generation = row["tracedRowsPerSecond"][0]
    return {
        "generation": generation,
        "seconds": row["tracedSeconds"][0],
        "prompt": row["promptTokensPerSecond"][0],
        "loaded": o["loadedBytes"] or 0,
        "peak": row["peakBytes"] or 0,
    }


def predicted_bytes(options, way, n):
    """What transformers takes at its peak: the attention [layers, B, H, n, n] of the prompts, and
    three more matrices of the layer that is computed."""
    layers, heads, weights = shape(options.model)
    rows = options.rows if way == "batched" else 1
    return weights + 1e9 + 4 * (layers + 3) * rows * heads * n * n


def shape(model):
    """Layers, heads a layer, and bytes of the weights in float32."""
    if model.suffix == ".gguf":
        from gguf import GGUFReader

        reader = GGUFReader(model)
        value = lambda key: next(f.contents() for k, f in reader.fields.items() if k.endswith(key))
        weights = 4 * sum(int(t.n_elements) for t in reader.tensors)
        return value(".block_count"), value(".attention.head_count"), weights
    c = json.loads((model / "config.json").read_text())
    weights = sum(f.stat().st_size for f in model.glob("*.safetensors"))
    return c["num_hidden_layers"], c["num_attention_heads"], weights


# --- the others --------------------------------------------------------------------------------


def worker(options, way, traces, out):
    """Runs one way in this process and prints its times and memory as one line of JSON."""
    files = trace_files(pathlib.Path(traces))
    all_traces = [read_trace(f) for f in files]
    if way == "llama.cpp":
        print(json.dumps(llama_cpp(options, all_traces)))
        return
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.set_grad_enabled(False)
    gguf = options.model.suffix == ".gguf"
    where = options.model.parent if gguf else options.model
    more = {"gguf_file": options.model.name} if gguf else {}
    model = AutoModelForCausalLM.from_pretrained(
        where, dtype=torch.float32, attn_implementation="eager", **more
    ).eval()
    loaded = status("VmRSS")
    size = len(all_traces) if way == "batched" else 1
    warm = [short(t) for t in all_traces[:size]]
    forced_batch(model, warm, min(4, options.new_tokens))
    reading = generating = 0.0
    records = []
    for at in range(0, len(all_traces), size):
        prompt, generation, some = forced_batch(model, all_traces[at : at + size], options.new_tokens)
        reading += prompt
        generating += generation
        records += some
    folder = pathlib.Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for file, record in zip(files, records):
        save_file(record, folder / theirs_of(file))
    positions = sum(len(t["prompt_ids"]) - 1 for t in all_traces)
    print(
        json.dumps(
            {
                "generation": len(all_traces) * options.new_tokens / generating,
                "seconds": reading + generating,
                "prompt": positions / reading,
                "loaded": loaded,
                "peak": status("VmHWM"),
            }
        )
    )


def short(trace):
    """A trace with a short prompt, to warm up on."""
    return {**trace, "prompt_ids": trace["prompt_ids"][: min(len(trace["prompt_ids"]), WARM_UP // 4)]}


def forced_batch(model, traces, new_tokens):
    """Reads prompts padded on the left, then a row a token: seconds of both, and records.

    The tokens that are fed are headscope's; the choice of each row is recorded.
    """
    import torch

    ids = [t["prompt_ids"].tolist() for t in traces]
    tokens = [t["tokens"].tolist()[:new_tokens] for t in traces]
    width = max(map(len, ids))
    pads = [width - len(row) for row in ids]
    padded = torch.tensor([[0] * pad + row for pad, row in zip(pads, ids)])
    mask = torch.tensor([[0] * pad + [1] * len(row) for pad, row in zip(pads, ids)])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    start = time.perf_counter()
    # generate() keeps the prompts' attentions until it returns, and so does this
    whole = model(
        padded[:, :-1],
        attention_mask=mask[:, :-1],
        position_ids=positions[:, :-1],
        use_cache=True,
        output_attentions=True,
        logits_to_keep=1,
    )
    cache = whole.past_key_values
    done_reading = time.perf_counter()
    seen = [list(row) for row in ids]
    choices = [[] for _ in ids]
    steps = [[] for _ in ids]
    fed = padded[:, -1:]
    position = positions[:, -1:]
    for step in range(new_tokens):
        o = model(
            fed,
            attention_mask=mask,
            position_ids=position,
            past_key_values=cache,
            use_cache=True,
            output_attentions=True,
        )
        said = o.logits[:, -1].argmax(-1).tolist()
        for b, trace in enumerate(traces):
            choices[b].append(said[b])
            forced = tokens[b][step]
            own = [layer[b : b + 1, :, :, pads[b] :] for layer in o.attentions]
            steps[b].append(by_layer(own, seen[b], forced, trace["needle"]))
            seen[b].append(forced)
        fed = torch.tensor([[row[step]] for row in tokens])
        mask = torch.cat([mask, torch.ones(len(ids), 1, dtype=mask.dtype)], 1)
        position = position + 1
    done = time.perf_counter()
    return done_reading - start, done - done_reading, [record(c, s) for c, s in zip(choices, steps)]


def record(choices, steps):
    import torch

    rows = torch.tensor(steps, dtype=torch.float64)  # [S, L, H, 6]
    return {
        "tokens": torch.tensor(choices),
        "argmax_index": rows[..., 0].int().contiguous(),
        "argmax_weight": rows[..., 1].float().contiguous(),
        "copies": rows[..., 2].int().contiguous(),
        "mass.needle": rows[..., 3].float().contiguous(),
        "mass.sink": rows[..., 4].float().contiguous(),
        "mass.local": rows[..., 5].float().contiguous(),
    }


def llama_cpp(options, traces):
    """Plain greedy generation of the same prompts, one at a time, by llama.cpp: nothing is seen."""
    if options.model.suffix != ".gguf":
        return {"cannot": "wants a GGUF file"}
    try:
        from llama_cpp import Llama
    except ImportError:
        return {"cannot": "wants llama-cpp-python: --with-llama-cpp"}
    longest = max(len(t["prompt_ids"]) for t in traces) + options.new_tokens
    llama = Llama(
        str(options.model),
        n_ctx=longest + 8,
        n_threads=options.threads,
        n_threads_batch=options.threads,
        verbose=False,
    )
    loaded = status("VmRSS")
    reading = generating = 0.0
    for t in traces:
        llama.reset()
        ids = t["prompt_ids"].tolist()
        start = time.perf_counter()
        llama.eval(ids[:-1])
        done_reading = time.perf_counter()
        token = ids[-1]
        for _ in range(options.new_tokens):
            llama.eval([token])
            token = llama.sample(temp=0.0)
        generating += time.perf_counter() - done_reading
        reading += done_reading - start
    return {
        "generation": len(traces) * options.new_tokens / generating,
        "seconds": reading + generating,
        "prompt": sum(len(t["prompt_ids"]) - 1 for t in traces) / reading,
        "loaded": loaded,
        "peak": status("VmHWM"),
        "weights": weight_type(options.model),
    }


def weight_type(model):
    """The element type of most of a GGUF file's weights."""
    from collections import Counter

    from gguf import GGUFReader

    count = Counter()
    for tensor in GGUFReader(model).tensors:
        count[tensor.tensor_type.name] += int(tensor.n_elements)
    return count.most_common(1)[0][0]


# --- report ------------------------------------------------------------------------------------


def report(options, length, runs, refused):
    ours = runs[OURS]
    print(
        f"\n{options.rows} prompts of up to {length} tokens, {options.new_tokens} new ones each, rounds: {len(ours)};"
        " median ± deviation; ×: how much better headscope, together, is"
    )
    print("| way | seconds | × | prompt t/s | × | rows/s | × | peak MB | × |")
    print("|---|---|---|---|---|---|---|---|---|")
    for way, rows in runs.items():
        if way in refused:
            print(f"| {NAMES[way]} | {refused[way]} | | | | | | | |")
            continue
        weights = f" ({rows[0]['weights']} weights)" if "weights" in rows[0] else ""
        pairs = list(zip(ours, rows))
        cells = [
            speed(rows, "seconds"),
            ratio(way, [r["seconds"] / o["seconds"] for o, r in pairs]),
            speed(rows, "prompt"),
            ratio(way, [o["prompt"] / r["prompt"] for o, r in pairs]),
            speed(rows, "generation"),
            ratio(way, [o["generation"] / r["generation"] for o, r in pairs]),
            megabytes(r["peak"] for r in rows),
            ratio(way, [r["peak"] / o["peak"] for o, r in pairs if o["peak"]]),
        ]
        print(f"| {NAMES[way]}{weights} | {' | '.join(cells)} |")
    for way, rows in runs.items():
        if rows and "agreement" in rows[0]:
            a = rows[0]["agreement"]
            print(
                f"{NAMES[way]} finds {finds(a)}:"
                f" {a['tokens']} of {a['of_tokens']} tokens, {a['argmax']} of {a['of_argmax']} argmax positions,"
                f" weights within {a['weight']:.1e}, masses within {a['mass']:.1e}"
            )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
