#!/usr/bin/env python3
"""The statistics of DEFINITIONS.md, 30 to 32 and 35 to 37, written a second time, from the text alone.

usage: claims_twice.py goldens FILE          inputs and results for the Java tests
       claims_twice.py folder RESULTS JSON   every number that `headscope turnover RESULTS --format json`
                                             wrote, from the traces of the run

It needs numpy and safetensors, and knows nothing of the Java but how numbers are drawn (SplitMix64).
"""
import argparse
import json
import pathlib
import random
import re
import string
import sys

import numpy as np

MASK = (1 << 64) - 1


class Draws:
    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        return z - (1 << 64) if z >> 63 else z

    def below(self, n):
        return self.next() % n

    def share(self):
        return ((self.next() & MASK) >> 11) * 2.0 ** -53

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


# --- 30: answer span


def ends_sentence(token):
    bare = token
    while bare and (bare[-1].isspace() or bare[-1] in "\"'\u201d\u2019\u00bb\u203a\u201c\u2018\u00ab"):
        bare = bare[:-1]
    return "\n" in token or bare[-1:] in (".", "!", "?")


def normalised(text):
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def answer_span(tokens, answers, question):
    if question:
        phrase = lambda t: "answer is" in t.lower()
        words = lambda t: f" {normalised(answers[0])} " in f" {normalised(t)} "
        conditions = [phrase, words]
    else:
        conditions = [lambda t: all(a in t for a in answers)]
    start = 0
    for complete in conditions:
        hits = [t for t in range(len(tokens)) if complete("".join(tokens[:t + 1]))]
        if hits:
            start = hits[0]
            break
    ends = [t for t in range(start, len(tokens)) if ends_sentence(tokens[t])]
    return ends[0] + 1 if ends else len(tokens)


# --- 31, 32: sets of heads; a sample is a list of sets


def jaccard(a, b):
    return len(a & b) / len(a | b)


def ratio(samples, parts):
    """The value from a sum and a count a sample."""
    s, c = np.sum([parts(x) for x in samples], axis=0)
    return s / c if c else float("nan")


def adjacent(sample):
    js = [jaccard(a, b) for a, b in zip(sample, sample[1:]) if a or b]
    return sum(js), len(js)


def changes(sample):
    ds = [a != b for a, b in zip(sample, sample[1:]) if a and b]
    return sum(ds), len(ds)


def coverage(top):
    return lambda sample: (sum(len(d & top) / len(d) for d in sample if d), sum(1 for d in sample if d))


def inside(top):
    return lambda sample: (sum(1 for d in sample if d and d <= top), sum(1 for d in sample if d))


def overlap(top):
    return lambda sample: (sum(jaccard(d, top) for d in sample if d), len(sample))


def ceiling(n):
    return lambda sample: (sum(min(len(d), n) / max(len(d), n) for d in sample if d), len(sample))


def of_ceiling(top):
    return lambda sample: (overlap(top)(sample)[0], ceiling(len(top))(sample)[0])


def mean_size(samples):
    sizes = [len(d) for s in samples for d in s if d]
    return max(1, int(np.floor(sum(sizes) / len(sizes) + .5))) if sizes else 1


def interval(samples, parts, resamples, seed):
    each = np.array([parts(s) for s in samples], dtype=float)
    draws = Draws(seed)
    values = []
    for _ in range(resamples):
        s, c = each[[draws.below(len(samples)) for _ in samples]].sum(0)
        if c:
            values.append(s / c)
    return list(np.percentile(values, [2.5, 97.5])) if values else [float("nan")] * 2


def order_null(sample, draws):
    some = draws.shuffle([d for d in sample if d])
    return [some.pop(0) if d else d for d in sample]


def marginal_null(sample, draws):
    heads = sorted(set().union(*sample)) if sample else []
    share = {h: sum(h in d for d in sample) / len(sample) for h in heads}
    return [{h for h in heads if draws.share() < share[h]} for _ in sample]


def null(samples, how, statistics, count, seed):
    draws = Draws(seed)
    drawn = []
    for _ in range(count):
        some = [how(s, draws) for s in samples]
        drawn.append([ratio(some, parts) for parts in statistics])
    drawn = np.array(drawn)
    return [
        [np.nanmean(c)] + list(np.nanpercentile(c, [2.5, 97.5])) if not np.isnan(c).all()
        else [float("nan")] * 3 for c in drawn.T]


def turnover(samples, ranking, resamples, draws, seed):
    n = mean_size(samples)
    top = set(ranking[:n])
    statistics = {
        "set-change rate": changes, "adjacent Jaccard": adjacent, "coverage": coverage(top),
        "inside": inside(top), "static Jaccard": overlap(top), "ceiling": ceiling(len(top)),
        "of ceiling": of_ceiling(top)}
    four = [changes, adjacent, coverage(top), overlap(top)]
    curve = [ratio(samples, coverage(set(ranking[:i]))) for i in range(len(ranking) + 1)]
    least = lambda share: next((i for i, c in enumerate(curve) if c >= share - 1e-12), None)
    using = [sum(any(h in d for d in s) for s in samples) for h in ranking]
    from math import comb
    return {
        "mean size": n,
        "values": {k: ratio(samples, p) for k, p in statistics.items()},
        "intervals": {k: interval(samples, p, resamples, seed) for k, p in statistics.items()},
        "coverage": curve[1:],
        "inside": [ratio(samples, inside(set(ranking[:i + 1]))) for i in range(len(ranking))],
        "Jaccard": [ratio(samples, overlap(set(ranking[:i + 1]))) for i in range(len(ranking))],
        "ceiling": [ratio(samples, ceiling(i + 1)) for i in range(len(ranking))],
        "least": [least(s) for s in (.5, .8, .95)],
        "order": null(samples, order_null, four, draws, seed),
        "marginal": null(samples, marginal_null, four, draws, seed),
        "rarefaction": [
            sum(1 - comb(len(samples) - u, k) / comb(len(samples), k) for u in using)
            for k in range(1, len(samples) + 1)],
    }


def made_samples(rng, count, heads):
    samples = []
    for s in range(count):
        weight = [rng.random() ** 3 for _ in range(heads)]
        sample, now = [], set()
        for _ in range(rng.randrange(2, 16)):
            now = {h for h in range(heads) if rng.random() < (.7 if h in now else .35 * weight[h])}
            sample.append(set() if rng.random() < .15 else set(now))
        samples.append(sample)
    return samples


def turnovers():
    rng = random.Random(7)
    cases = []
    for name, samples in {
            "several": made_samples(rng, 7, 12),
            "one sample": made_samples(rng, 1, 12),
            "one step": [[{3, 4}]],
            "all empty": [[set(), set(), set()], [set()]],
            "no step": [[], [{1}, set(), {1, 2}]],
    }.items():
        ranking = rng.sample(range(12), 12)
        cases.append({
            "name": name, "samples": [[sorted(d) for d in s] for s in samples], "ranking": ranking,
            "resamples": 300, "draws": 40, "seed": 11,
            "expected": turnover(samples, ranking, 300, 40, 11)})
    return cases


# --- 36, 37: paired tests, Holm, verdicts


def mcnemar(a, b):
    from math import comb
    first = sum(1 for x, y in zip(a, b) if x and not y)
    second = sum(1 for x, y in zip(a, b) if y and not x)
    n = first + second
    tail = sum(comb(n, k) for k in range(min(first, second) + 1)) / 2 ** n
    return first, second, min(1.0, 2 * tail)


def sign_flips(differences, flips, seed):
    draws = Draws(seed)
    d = np.array(differences)
    mean = abs(d.mean())
    larger = 0
    for _ in range(flips):
        signs = np.array([-1 if draws.next() < 0 else 1 for _ in d])
        larger += abs((signs * d).mean()) >= mean - 1e-12
    return (1 + larger) / (flips + 1)


def holm(ps):
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    adjusted, most = [0.0] * len(ps), 0.0
    for place, i in enumerate(order):
        most = max(most, min(1.0, (len(ps) - place) * ps[i]))
        adjusted[i] = most
    return adjusted


def paired():
    rng = random.Random(5)
    cases = []
    for n, shift, ties in ((45, .3, False), (12, 0, True), (1, 1, False), (30, 0, False)):
        a = [rng.gauss(0, 1) for _ in range(n)]
        b = [x - (0 if ties and rng.random() < .5 else rng.gauss(shift, .8)) for x in a]
        right_a, right_b = [rng.random() < .6 for _ in a], [rng.random() < .3 for _ in a]
        d = [x - y for x, y in zip(a, b)]
        value = float(np.mean(d))
        low, high = interval(d, lambda x: (x, 1), 500, 3)
        cases.append({
            "first": a, "second": b, "value": value, "low": low, "high": high,
            "resamples": 500, "flips": 1000, "seed": 3, "p": sign_flips(d, 1000, 3),
            "rightFirst": right_a, "rightSecond": right_b, "mcnemar": mcnemar(right_a, right_b)})
    return {"cases": cases, "holm": [
        {"p": ps, "expected": holm(ps)}
        for ps in ([.01, .04, .03, .005], [.5], [.02, .02, .9], [], [1.0, 1.0, .6])]}


def spans():
    pieces = ["The", " magic", " word", " is", " 4", "2", ".", " Oslo", "\n", " So", " the", " answer",
              " is", " ANSWER", "!\"", " an", ", "]
    rng = random.Random(3)
    cases = []
    for i in range(200):
        tokens = [rng.choice(pieces) for _ in range(rng.randrange(0, 14))]
        question = i % 2 == 1
        answers = [["the Oslo"], ["42"], ["42", "Oslo"]][i % 3]
        cases.append({"tokens": tokens, "answers": answers, "question": question,
                      "steps": answer_span(tokens, answers, question)})
    return cases


# --- 35: competing predictors, partial CCA, exchange null
#
# A generation is (hidden [steps, size], scores [steps, heads], tokens [steps]).


def uniform(seed, rows, columns):
    draws = Draws(seed)
    return np.array([[2 * draws.share() - 1 for _ in range(columns)] for _ in range(rows)])


def permutation(n, seed):
    return Draws(seed).shuffle(list(range(n)))


def made_generations():
    mix, made = uniform(98, 8, 6), []
    for g in range(12):
        steps = 70 - 4 * g
        t = np.arange(steps)[:, None]
        hidden = (uniform(400 + g, steps, 8) + t % 5 * .25 + g % 3 * .5).astype(np.float32).astype(float)
        scores = np.maximum(0, hidden @ mix + uniform(500 + g, steps, 6) + (t + np.arange(6)) % 5 * .25)
        scores[:, 5] = 0
        draws = Draws(600 + g)
        made.append((hidden, scores, [draws.below(400) for _ in range(steps)]))
    return made


def pairs_of(generations, some, k):
    """(generation, step of the hidden state) of every pair."""
    return [(g, n) for g in sorted(some) for n in range(len(generations[g][0]) - k)]


def best_threshold(p, y):
    p, y = p.ravel(), y.ravel()
    best = (-1, None)
    for t in np.unique(p):
        f1 = 2 * np.sum((p >= t) & (y == 1)) / (np.sum(p >= t) + np.sum(y))
        if f1 > best[0]:
            best = (f1, t)
    return best


def weighted_r2(p, y):
    varying = [h for h in range(y.shape[1]) if len(np.unique(y[:, h])) > 1]
    sse = np.sum((p - y)[:, varying] ** 2)
    sst = np.sum((y - y.mean(0))[:, varying] ** 2)
    return 1 - sse / sst if len(varying) else float("nan")


def competing(generations, parts, k, classify, threshold=.5):
    """Predictions of each predictor on validation and test pairs, and what is right there."""
    rows = [pairs_of(generations, part, k) for part in parts]
    target = lambda g, n: (generations[g][1][n + k] > threshold) * 1.0 if classify else generations[g][1][n + k]
    y = [np.array([target(g, n) for g, n in r]) for r in rows]
    counts = {}
    for g, n in rows[0]:
        counts[generations[g][2][n]] = counts.get(generations[g][2][n], 0) + 1
    frequent = sorted(counts, key=lambda t: (-counts[t], t))[:200]

    def step(g, n):
        return np.eye(65)[min(n, 64)]

    def token(g, n):
        return np.array([generations[g][2][n] == t for t in frequent], float)

    def present(g, n):
        at = n - 1 if k == 0 else n
        heads = generations[g][1].shape[1]
        return (generations[g][1][at] > threshold) * 1.0 if at >= 0 else np.zeros(heads)

    known = {
        "step index": step, "token": token, "set at n": present,
        "marginal rate": lambda g, n: np.zeros(0),
        "all jointly": lambda g, n: np.concatenate([step(g, n), token(g, n), present(g, n)])}
    said = {}
    for name, features in known.items():
        x = [np.array([features(g, n) for g, n in r]).reshape(len(r), -1) for r in rows]
        mean = x[0].mean(0)
        a = x[0] - mean
        w = np.linalg.solve(a.T @ a + np.eye(a.shape[1]), a.T @ (y[0] - y[0].mean(0)))
        said[name] = [np.round((v - mean) @ w + y[0].mean(0), 9) for v in x[1:]]
    return said, y[1:], rows[2]


def predictors():
    generations = made_generations()
    order = permutation(12, 5)
    parts = [order[:8], order[8:10], order[10:]]
    cases = []
    for k, classify in ((0, True), (1, True), (3, True), (1, False)):
        said, (y_validation, y_test), test_rows = competing(generations, parts, k, classify)
        quality, thresholds = {}, {}
        for name, (v, t) in said.items():
            if classify:
                f1, thresholds[name] = best_threshold(v, y_validation)
                hard = t >= thresholds[name]
                tested = 2 * np.sum(hard & (y_test == 1)) / (np.sum(hard) + np.sum(y_test))
            else:
                f1, tested = weighted_r2(v, y_validation), weighted_r2(t, y_test)
            quality[name] = [f1, tested]
        rival = max(quality, key=lambda name: quality[name][0])
        # P1: the joint predictor stands for a probe
        groups = sorted({g for g, _ in test_rows})
        rows_of = {g: [i for i, (h, _) in enumerate(test_rows) if h == g] for g in groups}

        def judged(name, rows):
            t, y = said[name][1][rows], y_test[rows]
            if not classify:
                return weighted_r2(t, y)
            hard = t >= thresholds[name]
            return 2 * np.sum(hard & (y == 1)) / (np.sum(hard) + np.sum(y))

        draws, differences = Draws(4), []
        for _ in range(200):
            rows = sum([rows_of[groups[draws.below(len(groups))]] for _ in groups], [])
            differences.append(judged("all jointly", rows) - judged("step index", rows))
        cases.append({
            "offset": k, "classify": classify, "parts": parts, "quality": quality, "rival": rival,
            "first": {name: v[1][0] for name, v in said.items()},
            "advantage": [quality["all jointly"][1] - quality["step index"][1]]
            + list(np.percentile(differences, [2.5, 97.5]))})
    return cases


def principal(x, share):
    mean = x.mean(0)
    _, s, vt = np.linalg.svd(x - mean, full_matrices=False)
    q = int(np.argmax(np.cumsum(s ** 2) / np.sum(s ** 2) >= share)) + 1
    return mean, vt[:q].T


def canonical(x, y):
    """Centres, directions of the training rows, most correlated first."""
    mx, my = x.mean(0), y.mean(0)
    ux, sx, tx = np.linalg.svd(x - mx, full_matrices=False)
    uy, sy, ty = np.linalg.svd(y - my, full_matrices=False)
    kx, ky = sx > 1e-10 * sx[0], sy > 1e-10 * sy[0]
    a, r, b = np.linalg.svd(ux[:, kx].T @ uy[:, ky], full_matrices=False)
    return mx, my, tx[kx].T / sx[kx] @ a, ty[ky].T / sy[ky] @ b.T


def along(fit, x, y, most=50):
    mx, my, a, b = fit
    p, q = (x - mx) @ a, (y - my) @ b
    return np.array([np.corrcoef(p[:, i], q[:, i])[0, 1] for i in range(min(most, p.shape[1], q.shape[1]))])


def residual(rows, side, training):
    """Less the mean of the step index over training pairs, then less the generation's own mean."""
    side, out = np.array(side, float), np.zeros((len(rows), np.shape(side)[1]))
    index = np.array([min(n, 64) for _, n in rows])
    fitted = np.array([g in training for g, _ in rows])
    for i in range(len(rows)):
        same = fitted & (index == index[i])
        out[i] = side[i] - side[same if same.any() else fitted].mean(0)
    generation = np.array([g for g, _ in rows])
    for g in set(generation):
        out[generation == g] -= out[generation == g].mean(0)
    return out


def exchange_null(generations, training, permutations, k, partial, most=50):
    everyone = range(len(generations))
    rows = pairs_of(generations, everyone, k)
    x = np.array([generations[g][0][n] for g, n in rows])
    y = np.array([generations[g][1][n + k] for g, n in rows])
    if partial:
        x, y = residual(rows, x, training), residual(rows, y, training)
    fitted = np.array([g in training for g, _ in rows])
    low, high = y[fitted].min(0), y[fitted].max(0)
    constant = high - low <= 1e-12
    y = np.where(constant, 0, (y - low) / np.where(constant, 1, high - low))
    mx, vx = principal(x[fitted], .95)
    my, vy = principal(y[fitted], .99)
    x, y = (x - mx) @ vx, (y - my) @ vy
    found = along(canonical(x[fitted], y[fitted]), x[~fitted], y[~fitted], most)
    at = {pair: i for i, pair in enumerate(rows)}
    means = []
    for p in permutations:
        sides = []
        for part in (True, False):
            some = [g for g in everyone if (g in training) == part]
            i, j = [], []
            for g in some:
                for n in range(max(0, min(len(generations[g][0]), len(generations[p[g]][0])) - k)):
                    i.append(at[g, n])
                    j.append(at[p[g], n])
            sides.append((x[i], y[j]))
        r = along(canonical(*sides[0]), *sides[1], most)
        means.append([r[0], r[:10].mean(), r[:most].mean()])
    three = lambda r: [r[0], r[:10].mean(), r.mean()]
    return {"pairs": int((~fitted).sum()), "components": [vx.shape[1], vy.shape[1], len(found)],
            "found": three(found), "null": [
                [np.mean(c)] + list(np.percentile(c, [2.5, 97.5])) for c in np.array(means).T]}


def exchanges():
    generations = made_generations()
    training = sorted(permutation(12, 5)[:int(.7 * 12)])
    rest = [g for g in range(12) if g not in training]
    draws, permutations = Draws(5), []
    for _ in range(15):
        p = [None] * 12
        for part in (training, rest):
            other = draws.shuffle(list(part))
            while any(a == b for a, b in zip(part, other)):
                draws.shuffle(other)
            for a, b in zip(part, other):
                p[a] = b
        permutations.append(p)
    return {"training": training, "permutations": permutations, "cases": [
        {"offset": k, "partial": partial, **exchange_null(generations, set(training), permutations, k, partial)}
        for k in (0, 1, 3) for partial in (False, True)]}


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    return int(value) if isinstance(value, np.integer) else value


def goldens(file):
    everything = {"turnover": turnovers(), "paired": paired(), "spans": spans(),
                  "predictors": predictors(), "exchange": exchanges()}
    file.write_text(json.dumps(plain(everything), separators=(",", ":")) + "\n")


# --- a folder of results


def read_trace(path):
    from safetensors import safe_open
    with safe_open(str(path), "np") as f:
        return {k: f.get_tensor(k) for k in f.keys()}, f.metadata()


def sets_of(tensors, meta, score, threshold):
    steps = len(tensors["tokens"]) - (meta["ended"] == "true")
    needle = np.zeros(len(tensors["prompt_ids"]), bool)
    for a, b in json.loads(meta["spans"])["needle"]:
        needle[a:b] = True
    found = []
    for t in range(steps):
        if score == "copy-paste":
            looked = tensors["argmax_index"][t].ravel()
            inside_prompt = looked < len(needle)
            at = np.where(inside_prompt, looked, 0)
            values = (inside_prompt & needle[at] & (tensors["prompt_ids"][at] == tensors["tokens"][t])) * 1.0
        else:
            some = tensors["mass.needle_effective"][t].ravel().astype(float)
            whole = tensors["mass.effective"][t].ravel().astype(float)
            values = np.where(whole < 1e-4, 0, some / np.where(whole < 1e-4, 1, whole))
        found.append(values)
    heads = tensors["argmax_index"][0].size if "argmax_index" in tensors else 0
    values = np.array(found) if found else np.zeros((0, heads))
    return values, [set(np.flatnonzero(v > threshold)) for v in values]


def right_answers(options, line):
    if "needles" not in options:
        return [line["answer"]], True
    pattern = " ".join(re.escape(n).replace(re.escape("[UUID]"), "([0-9a-f-]{36})") for n in options["needles"])
    drawn = list(re.fullmatch(pattern, line["needle"]).groups())
    answers = []
    for n, a in zip(options["needles"], options["answers"]):
        own = [drawn.pop(0) for _ in range(n.count("[UUID]"))]
        answers.append(a.replace("[UUID]", own[0]) if own else a)
    return answers, False


def folder(results, said):
    """Every number of the JSON that turnover said of a folder."""
    options = json.loads((results / "experiment.json").read_text())["options"]
    samples, ranked, means = [], [], []
    for i, text in enumerate((results / "results.jsonl").read_text().splitlines()):
        line = json.loads(text)
        tensors, meta = read_trace(results / "traces" / f"{i:05d}.trace.safetensors")
        values, sets = sets_of(tensors, meta, said["score"], said["threshold"])
        if line["set"] == "ranking":
            ranked.append((line["correct"], values.mean(0) if len(values) else np.zeros(values.shape[1])))
            continue
        if said["span"] == "answer":
            answers, question = right_answers(options, line)
            sets = sets[:answer_span(json.loads(meta["tokens"])[:len(sets)], answers, question)]
        samples.append(sets)
    used = [m for right, m in ranked if right] or [m for _, m in ranked]
    mean = np.round(np.mean(used, 0), 12)
    ranking = sorted(range(len(mean)), key=lambda h: (-mean[h], h))
    expected = turnover(samples, ranking, said["resamples"], said["draws"], said["seed"])
    checks = [("steps", said["steps"], [len(s) for s in samples]),
              ("mean size", said["meanSize"], expected["mean size"]),
              ("least", list(said["least"].values()), expected["least"])]
    keys = list(expected["values"])
    for row, key in zip(said["statistics"], keys):
        checks.append((key, [row["value"], row["low"], row["high"]],
                       [expected["values"][key]] + expected["intervals"][key]))
    for kind in ("order", "marginal"):
        for at, place in enumerate((0, 1, 2, 4)):
            row = said["statistics"][place]
            checks.append((f"{kind} {keys[place]}", [row[kind], row[kind + " low"], row[kind + " high"]],
                           expected[kind][at]))
    for column, key in (("coverage", "coverage"), ("steps inside", "inside"), ("Jaccard", "Jaccard"),
                        ("ceiling", "ceiling")):
        checks.append((column, [r[column] for r in said["lists"]], expected[key]))
    checks.append(("distinct heads", [r["heads"] for r in said["heads"]], expected["rarefaction"]))
    wrong = 0
    for what, found, wanted in checks:
        number = lambda v: float("nan") if v is None else float(v)
        a = np.array([number(v) for v in np.ravel(np.array(found, dtype=object))])
        b = np.array([number(v) for v in np.ravel(np.array(wanted, dtype=object))])
        apart = np.nanmax(np.abs(a - b)) if a.shape == b.shape and not np.isnan(a).all() else 0
        same = a.shape == b.shape and (np.isnan(a) == np.isnan(b)).all() and apart <= 1e-6
        wrong += not same
        print(f"{'ok' if same else 'DIFFERS':8}{what:32}{len(a):5} numbers, apart at most {apart:.1e}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("goldens").add_argument("file", type=pathlib.Path)
    of = what.add_parser("folder")
    of.add_argument("results", type=pathlib.Path)
    of.add_argument("said", type=pathlib.Path)
    asked = parser.parse_args()
    if asked.what == "goldens":
        goldens(asked.file)
        return 0
    return min(1, folder(asked.results, json.loads(asked.said.read_text())))


if __name__ == "__main__":
    sys.exit(main())
