"""Runs headscope and Hugging Face transformers in turns over the same work and compares them.

Each run is a process of its own. headscope goes first in each round and leaves its trace; the
others are given the trace's prompt and its tokens, record the same of every head, and are
compared with it. The ways a, b and c are described in environment/compare-hf.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

OURS = "headscope"
SINK, LOCAL = 4, 32  # what headscope takes where nothing else is said
WARM_UP = 1024  # tokens of the longest warm-up prompt; headscope's is the same
CLOSE = 1e-5  # how near weights and masses are to be
SHORT = 4096  # up to here there are several rounds
NAMES = {OURS: "headscope", "a": "(a) eager", "b": "(b) sdpa, eager rows", "c": "(c) by hand"}


def main():
    options = parsed()
    options.work.mkdir(parents=True, exist_ok=True)
    if not (options.model / "model.safetensors").exists():
        print("making the checkpoint", file=sys.stderr)
        headscope(options, 16, options.work / "first.trace.safetensors", "--make-random")
    everything = []
    for length in options.lengths:
        rounds = options.rounds if length <= SHORT else 1
        trace_of(options, length).unlink(missing_ok=True)
        runs, refused = in_turns(options, length, rounds, [OURS, *options.ways], NAMES, run)
        everything.append({"length": length, "runs": runs, "cannot": refused})
        report(length, runs, refused)
    print(about(options))
    if options.json:
        options.json.write_text(json.dumps({"about": about(options), "lengths": everything}, indent=1))
    # A way that measured something else would not be comparable.
    found = [r["agreement"] for e in everything for way in e["runs"].values() for r in way]
    agree = all(a["same"] and a.get("repeats", True) for a in found)
    sys.exit(0 if agree else 1)


def in_turns(options, length, rounds, ways, names, run):
    """Runs of every way, a round of all of them after another, and why a way has no more of them."""
    runs = {way: [] for way in ways}
    refused = {}
    for turn in range(rounds):
        for way in runs:
            if way in refused:
                continue
            print(f"{length} tokens, round {turn + 1} of {rounds}: {names[way]}", file=sys.stderr)
            try:
                runs[way].append(run(options, way, length))
            except Cannot as e:
                refused[way] = str(e)
    return runs, refused


def arguments(prog, description, lengths, new_tokens, ways):
    """The options that every comparison has, with these defaults."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    numbers = lambda text: [int(n) for n in text.split(",")]
    parser.add_argument("--headscope", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--lengths", type=numbers, default=lengths)
    parser.add_argument("--new-tokens", type=int, default=new_tokens)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", type=lambda text: text.split(","), default=ways)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--memory", type=float, default=float("inf"))
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--worker", nargs=3, metavar=("WAY", "TRACES", "OUT"))
    return parser


def read_options(parser, worker):
    """The options of the command line; a process that is a worker does its work and ends."""
    options = parser.parse_args()
    options.model = options.model or options.work / "llama100m"
    if options.worker:
        worker(options, *options.worker)
        sys.exit()
    return options


def parsed():
    parser = arguments("compare-hf", __doc__.splitlines()[0], [1000, 4000, 16000], 32, ["a", "b", "c"])
    options = read_options(parser, worker)
    unknown = set(options.ways) - set("abc")
    if unknown:
        parser.error(f"--ways are of a, b and c, got {','.join(options.ways)}")
    if min(options.lengths) < 200 or min(options.new_tokens, options.rounds, options.threads) < 1:
        parser.error("lengths begin at 200 tokens; new tokens, rounds and threads at 1")
    return options


class Cannot(Exception):
    """A way that does not fit into memory, or died."""


# --- one run -----------------------------------------------------------------------------------


def run(options, way, length):
    """Times, memory and agreement of one run."""
    trace = trace_of(options, length)
    if way == OURS:
        before = read_trace(trace) if trace.exists() else None
        measured = headscope(options, length, trace)
        after = read_trace(trace)
        measured["agreement"] = {"same": True, "repeats": before is None or equal(before, after)}
        return measured
    wanted = predicted_bytes(options, way, length)
    limit = min(options.memory * 1e9, available_bytes() * 0.9)
    if wanted > limit:
        raise Cannot(f"cannot: {wanted / 1e9:,.0f} GB wanted, {limit / 1e9:.1f} GB to be had")
    out = options.work / f"{length}-{way}.safetensors"
    command = [sys.executable, __file__, "--headscope", options.headscope, "--work", options.work]
    command += ["--model", options.model, "--threads", str(options.threads)]
    command += ["--worker", way, trace, out]
    measured = json.loads(called(command).splitlines()[-1])
    measured["agreement"] = agreement(read_trace(trace), read(out))
    return measured


def trace_of(options, length):
    return options.work / f"{length}.trace.safetensors"


def java_environment(options):
    """Of a process of headscope with as many threads as the others have."""
    environment = dict(os.environ)
    flags = f"-Dai.djl.pytorch.num_threads={options.threads} -Dai.djl.pytorch.num_interop_threads=1"
    environment["HEADSCOPE_JAVA_OPTS"] = f"{environment.get('HEADSCOPE_JAVA_OPTS', '')} {flags}"
    return environment


def headscope(options, length, trace, *more):
    command = [options.headscope, "bench", "--model", options.model, "--lengths", str(length)]
    command += ["--new-tokens", str(options.new_tokens), "--runs", "1", "--traced-only"]
    command += ["--json", "--trace", trace, *more]
    o = json.loads(called(command, java_environment(options)).splitlines()[-1])
    row = o["rows"][0]
    return {
        "prompt": row["promptTokensPerSecond"][0],
        "generation": row["tracedTokensPerSecond"][0],
        "loaded": o["loadedBytes"] or 0,  # as status() says it
        "peak": row["peakBytes"] or 0,
    }


def called(command, environment=None):
    environment = environment or dict(os.environ)
    result = subprocess.run(
        [str(c) for c in command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if result.returncode == -9:
        raise Cannot("cannot: the system ended it, most likely for want of memory")
    if result.returncode:
        sys.exit(f"compare-hf: {' '.join(map(str, command))}\n{result.stderr[-2000:]}")
    return result.stdout


def status(key):
    """Bytes of a line of this process's status; 0 where there is no /proc."""
    try:
        lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(key + ":")), 0)


def available_bytes():
    try:
        lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))


def predicted_bytes(options, way, n):
    """What a way takes at its peak: what grows with n, and the score matrices [H, n, n] it holds."""
    c = json.loads((options.model / "config.json").read_text())
    layers, heads, hidden = c["num_hidden_layers"], c["num_attention_heads"], c["hidden_size"]
    cache = 2 * layers * hidden // heads * c["num_key_value_heads"]
    linear = 4 * n * (cache + 4 * c["intermediate_size"] + 8 * hidden)
    # a keeps the matrix of every layer, and has two more while it computes one; the kernel that b
    # is given for grouped queries holds three
    matrices = {"a": layers + 2, "b": 3, "c": 0}[way]
    files = sum(f.stat().st_size for f in options.model.glob("*.safetensors"))
    return files + 300e6 + linear + 4 * matrices * heads * n * n


# --- Hugging Face ------------------------------------------------------------------------------


def worker(options, way, trace, out):
    """Runs one way in this process and prints its times and memory as one line of JSON."""
    import torch
    from safetensors.torch import save_file
    from transformers import AttentionInterface, AutoModelForCausalLM
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.set_grad_enabled(False)
    AttentionInterface.register("repeated", repeated)
    attention = {"a": "eager", "b": "sdpa", "c": "repeated"}[way]
    model = AutoModelForCausalLM.from_pretrained(
        options.model, dtype=torch.float32, attn_implementation=attention
    ).eval()
    loaded = status("VmRSS")
    t = read_trace(trace)
    ids, tokens, needle = t["prompt_ids"].tolist(), t["tokens"].tolist(), t["needle"]
    short = ids[: min(len(ids), WARM_UP)]
    for _ in range(2):
        forced_run(model, way, attention, short, tokens[:4], needle)
    prompt, generation, record = forced_run(model, way, attention, ids, tokens, needle)
    save_file(record, out)
    print(
        json.dumps(
            {
                "prompt": (len(ids) - 1) / prompt,
                "generation": len(tokens) / generation,
                "loaded": loaded,
                "peak": status("VmHWM"),
            }
        )
    )


def repeated(module, query, key, value, attention_mask, scaling=None, **_):
    """sdpa over repeated keys and values, which has a fast kernel; for whole prompts alone."""
    from torch.nn.functional import scaled_dot_product_attention as attend

    key = key.repeat_interleave(module.num_key_value_groups, 1)
    value = value.repeat_interleave(module.num_key_value_groups, 1)
    z = attend(query, key, value, is_causal=True, scale=scaling)
    return z.transpose(1, 2).contiguous(), None


def forced_run(model, way, attention, ids, tokens, needle):
    """Reads the prompt but for its last token, then a row a token: seconds of both, and records.

    The tokens that are fed are headscope's; the choice of each row is recorded.
    """
    import torch

    prompt = torch.tensor([ids])
    start = time.perf_counter()
    model.set_attn_implementation(attention)
    # generate() keeps the prompt's attentions until it returns, and so does this
    whole = model(prompt[:, :-1], use_cache=True, output_attentions=way == "a", logits_to_keep=1)
    cache = whole.past_key_values
    read = time.perf_counter()
    model.set_attn_implementation("eager")
    score = by_head if way == "b" else by_layer
    seen = list(ids)
    choices, steps = [], []
    for fed, forced in zip([ids[-1]] + tokens[:-1], tokens):
        o = model(torch.tensor([[fed]]), past_key_values=cache, use_cache=True, output_attentions=True)
        choice = int(o.logits[0, -1].argmax())
        choices.append(choice)
        steps.append(score(o.attentions, seen, forced, needle))
        seen.append(forced)
    done = time.perf_counter()
    rows = torch.tensor(steps, dtype=torch.float64)  # [S, L, H, 6]
    record = {
        "tokens": torch.tensor(choices),
        "argmax_index": rows[..., 0].int().contiguous(),
        "argmax_weight": rows[..., 1].float().contiguous(),
        "copies": rows[..., 2].int().contiguous(),
        "mass.needle": rows[..., 3].float().contiguous(),
        "mass.sink": rows[..., 4].float().contiguous(),
        "mass.local": rows[..., 5].float().contiguous(),
    }
    return read - start, done - read, record


def by_head(attentions, seen, token, needle):
    """Argmax, weight, copy-paste score and masses, a head at a time."""
    layers = []
    for layer in attentions:
        heads = []
        for head in range(layer.shape[1]):
            row = layer[0][head][-1]
            weight, index = row.max(-1)
            index = index.item()
            copies = needle[0] <= index < needle[1] and seen[index] == token
            local = max(len(row) - LOCAL, SINK)
            heads.append(
                [
                    index,
                    weight.item(),
                    copies,
                    row[needle[0] : needle[1]].sum().item(),
                    row[:SINK].sum().item(),
                    row[local:].sum().item(),
                ]
            )
        layers.append(heads)
    return layers


def by_layer(attentions, seen, token, needle):
    """The same, all heads of a layer at once."""
    import torch

    layers = []
    for layer in attentions:
        rows = layer[0, :, -1]  # [H, n]
        weight, index = rows.max(-1)
        local = max(rows.shape[1] - LOCAL, SINK)
        parts = [weight, rows[:, needle[0] : needle[1]].sum(-1), rows[:, :SINK].sum(-1), rows[:, local:].sum(-1)]
        layers.append(
            [
                [i, w, needle[0] <= i < needle[1] and seen[i] == token, n, s, l]
                for i, (w, n, s, l) in zip(index.tolist(), torch.stack(parts, 1).tolist())
            ]
        )
    return layers


# --- agreement ---------------------------------------------------------------------------------


def read(file):
    from safetensors.torch import load_file

    return load_file(file)


def read_trace(file):
    """What headscope recorded, with the needle's span and the copy-paste scores."""
    import torch
    from safetensors import safe_open

    t = read(file)
    with safe_open(file, "pt") as f:
        t["needle"] = json.loads(f.metadata()["spans"])["needle"][0]
    tokens = t["tokens"]
    seen = torch.cat([t["prompt_ids"], tokens])
    index = t["argmax_index"].long()
    within = (index >= t["needle"][0]) & (index < t["needle"][1])
    t["copies"] = (within & (seen[index] == tokens[:, None, None])).int()
    return t


def equal(x, y):
    """Whether two traces hold the same to the bit."""
    return all((x[k] == y[k]).all() for k in ["prompt_ids", "tokens", "argmax_index", "argmax_weight"])


def agreement(ours, theirs):
    """How far two records are apart; the same if they differ as little as float32 mostly does."""
    moved = ours["argmax_index"] != theirs["argmax_index"]
    weights = (ours["argmax_weight"] - theirs["argmax_weight"]).abs()
    masses = max((ours[k] - theirs[k]).abs().max().item() for k in theirs if k.startswith("mass."))
    result = {
        "tokens": int((ours["tokens"] == theirs["tokens"]).sum()),
        "of_tokens": len(ours["tokens"]),
        "argmax": int((~moved).sum()),
        "of_argmax": moved.numel(),
        "weight": weights.max().item(),
        # where the argmax is another, two weights are equal up to rounding
        "weight_where_moved": weights[moved].max().item() if moved.any() else 0,
        "mass": masses,
        "copies": int(ours["copies"].sum()),
        "copies_same": bool((ours["copies"] == theirs["copies"])[~moved].all()),
    }
    result["same"] = (
        result["copies_same"] and result["weight"] < CLOSE and masses < CLOSE and result["argmax"] > 0.98 * moved.numel()
    )
    return result


def finds(a):
    if a["same"]:
        return "the same"
    wanted = f"weights and masses within {CLOSE:.0e}, 98 % of argmax positions, their copy-paste scores"
    return f"SOMETHING ELSE (wanted: {wanted})"


# --- report ------------------------------------------------------------------------------------


def report(length, runs, refused):
    ours = runs[OURS]
    print(f"\n{length} tokens, rounds: {len(ours)}; median ± deviation; ×: how much better headscope is")
    print("| way | prompt t/s | × | generation t/s | × | peak MB | × | above loaded MB | × |")
    print("|---|---|---|---|---|---|---|---|---|")
    for way, rows in runs.items():
        if way in refused:
            print(f"| {NAMES[way]} | {refused[way]} | | | | | | | |")
            continue
        above = lambda r: r["peak"] - r["loaded"]
        cells = [
            speed(rows, "prompt"),
            ratio(way, [o["prompt"] / r["prompt"] for o, r in zip(ours, rows)]),
            speed(rows, "generation"),
            ratio(way, [o["generation"] / r["generation"] for o, r in zip(ours, rows)]),
            megabytes(r["peak"] for r in rows),
            ratio(way, [r["peak"] / o["peak"] for o, r in zip(ours, rows) if o["peak"]]),
            megabytes(map(above, rows)),
            ratio(way, [above(r) / above(o) for o, r in zip(ours, rows) if o["peak"]]),
        ]
        print(f"| {NAMES[way]} | {' | '.join(cells)} |")
    for way, rows in runs.items():
        if way == OURS:
            print("headscope repeats itself to the bit:", "yes" if all(r["agreement"]["repeats"] for r in rows) else "NO")
        elif rows:
            a = rows[0]["agreement"]
            print(
                f"{NAMES[way]} finds {finds(a)}:"
                f" {a['tokens']} of {a['of_tokens']} tokens, {a['argmax']} of {a['of_argmax']} argmax positions"
                f" (elsewhere the weights are within {a['weight_where_moved']:.1e}),"
                f" weights within {a['weight']:.1e}, masses within {a['mass']:.1e},"
                f" {a['copies']} copy-paste scores of 1"
            )
    sys.stdout.flush()


def median(values):
    return statistics.median(list(values))


def megabytes(values):
    middle = median(values)
    return f"{middle / 1e6:,.0f}" if middle else "-"


def speed(rows, key):
    values = [r[key] for r in rows]
    deviation = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{median(values):,.1f}{deviation}"


def ratio(way, values):
    return "" if way == OURS or not values else f"{median(values):.2f}"


def about(options):
    import torch
    import transformers

    return (
        f"float32, {options.threads} threads, {options.new_tokens} new tokens,"
        f" OMP_WAIT_POLICY={os.environ.get('OMP_WAIT_POLICY', 'unset')},"
        f" torch {torch.__version__}, transformers {transformers.__version__}"
    )


if __name__ == "__main__":
    main()
