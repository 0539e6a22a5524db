#!/usr/bin/env python3
"""The statistics of DEFINITIONS.md, 30 to 32 and 35 to 37, written a second time, from the text alone.

usage: claims_twice.py goldens FILE            inputs and results for the Java tests
       claims_twice.py folder RESULTS TABLES   compare tables of `headscope turnover RESULTS --out TABLES`
                                               with what the traces of a run of dynamism say

It needs numpy and safetensors, and knows nothing of the Java but how numbers are drawn (SplitMix64).
"""
import argparse
import csv
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


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    return int(value) if isinstance(value, np.integer) else value


def goldens(file):
    everything = {"turnover": turnovers(), "paired": paired(), "spans": spans()}
    file.write_text(json.dumps(plain(everything), separators=(",", ":")) + "\n")
