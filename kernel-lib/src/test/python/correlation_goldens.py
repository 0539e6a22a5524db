"""Prints the golden numbers of headscope.correlation's tests.

Independent of the Java: numpy, scipy, scikit-learn and PyTorch on numbers that both draw with SplitMix64.
Last run with numpy 2.4.6, scikit-learn 1.9.1, torch 2.7.1 on CPython 3.11.
"""
import numpy as np
import torch
from sklearn import metrics

MASK = (1 << 64) - 1


class SplitMix:
    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def unit(self):
        return (self.next() >> 11) * 2.0 ** -53

    def permutation(self, n):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            z = self.next()
            j = (z - (1 << 64) if z >> 63 else z) % (i + 1)
            order[i], order[j] = order[j], order[i]
        return order


def uniform(seed, rows, columns):
    r = SplitMix(seed)
    return np.array([[2 * r.unit() - 1 for _ in range(columns)] for _ in range(rows)])


def show(name, values):
    print(name, "{" + ", ".join(repr(float(v)) for v in np.ravel(values)) + "}")


def basis(x):
    u, s, vt = np.linalg.svd(x - x.mean(0), full_matrices=False)
    keep = s > 1e-10 * s[0]
    return u[:, keep], s[keep], vt[keep]


def cca(x, y):
    return np.linalg.svd(basis(x)[0].T @ basis(y)[0], compute_uv=False)


def ridge_cca(x, y, ridge):
    x, y, n = x - x.mean(0), y - y.mean(0), len(x) - 1
    half = lambda c: np.linalg.inv(np.linalg.cholesky(c))
    wx = half(x.T @ x / n + ridge * np.eye(x.shape[1]))
    wy = half(y.T @ y / n + ridge * np.eye(y.shape[1]))
    return np.linalg.svd(wx @ (x.T @ y / n) @ wy.T, compute_uv=False)


def ccas():
    x, y = uniform(1, 40, 6), uniform(2, 40, 5)
    y[:, :3] += x[:, :3]
    show("well", cca(x, y))
    show("ridge", ridge_cca(x, y, .3))
    close = x.copy()
    close[:, 5] = close[:, 0] + 1e-6 * uniform(3, 40, 1)[:, 0]
    show("collinear", cca(close, y))
    flat = x.copy()
    flat[:, 4] = 0.1
    flat[:, 5] = flat[:, 0] - 2 * flat[:, 1]
    show("deficient", cca(flat, y))
    show("few rows", cca(uniform(4, 6, 12), uniform(5, 6, 3)))
    centred = x - x.mean(0)
    s = np.linalg.svd(centred, compute_uv=False)
    show("pca variances", s ** 2 / 39)
    show("pca shares", np.cumsum(s ** 2) / np.sum(s ** 2))


def generations():
    made = []
    for g in range(10):
        steps = 20 - g
        hidden = uniform(100 + g, steps, 20).astype(np.float32)
        mix = uniform(99, 20, 12)
        scores = np.maximum(0, hidden.astype(np.float64) @ mix + uniform(200 + g, steps, 12))
        scores[:, 7] = 0
        made.append((hidden.astype(np.float64), scores))
    return made


class Fit:
    def __init__(self, x, y):
        self.low, high = y.min(0), y.max(0)
        self.span = high - self.low
        self.mx, self.vx = self.pca(x, .95)
        self.my, self.vy = self.pca(self.scale(y), .99)
        zx, zy = (x - self.mx) @ self.vx, (self.scale(y) - self.my) @ self.vy
        (ux, sx, tx), (uy, sy, ty) = basis(zx), basis(zy)
        a, self.r, b = np.linalg.svd(ux.T @ uy, full_matrices=False)
        self.cx, self.cy = zx.mean(0), zy.mean(0)
        self.dx, self.dy = tx.T / sx @ a, ty.T / sy @ b.T

    def scale(self, y):
        return np.where(self.span > 0, (y - self.low) / np.where(self.span > 0, self.span, 1), 0)

    @staticmethod
    def pca(x, share):
        mean = x.mean(0)
        _, s, vt = np.linalg.svd(x - mean, full_matrices=False)
        q = int(np.argmax(np.cumsum(s ** 2) / np.sum(s ** 2) >= share)) + 1
        return mean, vt[:q].T

    def correlations(self, x, y):
        a = ((x - self.mx) @ self.vx - self.cx) @ self.dx
        b = ((self.scale(y) - self.my) @ self.vy - self.cy) @ self.dy
        return np.array([np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(len(self.r))])


def three(r):
    return [r[0], r[:10].mean(), r[:50].mean()]


def offsets():
    made = generations()
    order = SplitMix(5).permutation(10)
    train, test = sorted(order[:7]), sorted(order[7:])
    for k in (0, 3):
        join = lambda some, side: np.concatenate(
            [made[g][side][: len(made[g][0]) - k] if side == 0 else made[g][side][k:] for g in some])
        x, y = join(range(10), 0), join(range(10), 1)
        f = Fit(x, y)
        print("offset", k, "pairs", len(x), f.vx.shape[1], f.vy.shape[1], len(f.r))
        show("in-sample", three(f.r))
        h = Fit(join(train, 0), join(train, 1))
        r = h.correlations(join(test, 0), join(test, 1))
        print("held-out", len(join(test, 0)), h.vx.shape[1], h.vy.shape[1], len(r))
        show("held-out", three(r))
        shuffled = [three(Fit(x, y[SplitMix(5 + 1000 * k + i).permutation(len(y))]).r) for i in range(4)]
        show("shuffled", np.mean(shuffled, 0))
        show("shuffled low", np.percentile(shuffled, 10, axis=0))


def asymmetric_loss(logits, targets):
    p = torch.sigmoid(logits)
    m = (1 - p + .05).clamp(max=1)
    loss = targets * torch.log(p.clamp(min=1e-8)) + (1 - targets) * torch.log(m.clamp(min=1e-8))
    with torch.no_grad():
        pt = p * targets + m * (1 - targets)
        weight = (1 - pt) ** (1 * targets + 4 * (1 - targets))
    return -(loss * weight).sum()


def losses():
    logits = torch.tensor(uniform(6, 4, 3) * 8, requires_grad=True)
    targets = torch.tensor((uniform(7, 4, 3) > .2).astype(float))
    loss = asymmetric_loss(logits, targets)
    loss.backward()
    show("asl", [loss.item()])
    show("asl gradient", logits.grad.numpy())


def judged():
    p = np.round((uniform(8, 50, 6) + 1) / 2, 1)
    y = (uniform(9, 50, 6) + p > 1).astype(int)
    y[:, 4] = 0
    t = .5
    hard = (p >= t).astype(int)
    for average in ("micro", "macro"):
        show(average, [
            metrics.f1_score(y, hard, average=average, zero_division=0),
            metrics.precision_score(y, hard, average=average, zero_division=0),
            metrics.recall_score(y, hard, average=average, zero_division=0),
            metrics.average_precision_score(y, p, average=average)])
    precision, recall, thresholds = metrics.precision_recall_curve(y.ravel(), p.ravel())
    show("thresholds", thresholds)
    show("precision", precision)
    show("recall", recall)
    f1 = [metrics.f1_score(y.ravel(), p.ravel() >= t) for t in thresholds]
    show("best", [thresholds[int(np.argmax(f1))], max(f1)])
    a, b = uniform(10, 30, 5), uniform(11, 30, 5)
    b += a
    b[:, 2] = .3
    varying = [0, 1, 3, 4]
    show("regression", [
        metrics.mean_squared_error(b, a), metrics.mean_absolute_error(b, a),
        metrics.r2_score(b[:, varying], a[:, varying]), metrics.r2_score(b.ravel(), a.ravel()),
        metrics.r2_score(b, a, multioutput="variance_weighted")])


def training(classifier):
    """The whole of a training with dropout, by PyTorch's layers, Adam, clipping and scheduler."""
    made = generations()
    order = SplitMix(5).permutation(10)
    parts = [sorted(order[:7]), sorted(order[7:9]), sorted(order[9:])]
    xs = [torch.tensor(np.concatenate([made[g][0] for g in p]), dtype=torch.float32) for p in parts]
    ys = [np.concatenate([made[g][1] for g in p]) for p in parts]
    ys = [torch.tensor((y > .5) if classifier else y, dtype=torch.float32) for y in ys]
    random = SplitMix(3)
    widths = [20, 16, 8, 12]
    layers = []
    for i, o in zip(widths, widths[1:]):
        layer = torch.nn.Linear(i, o)
        bound = 1 / np.sqrt(i)
        draw = lambda *shape: torch.tensor(
            np.array([(2 * random.unit() - 1) * bound for _ in range(int(np.prod(shape)))]).reshape(shape),
            dtype=torch.float32)
        with torch.no_grad():
            layer.weight.copy_(draw(i, o).T)
            layer.bias.copy_(draw(o))
        layers.append(layer)
    parameters = [p for layer in layers for p in layer.parameters()]

    def forward(x, dropout):
        for n, layer in enumerate(layers):
            x = layer(x)
            if n < len(layers) - 1:
                x = torch.relu(x)
                if dropout:
                    kept = [0 if random.unit() < .1 else 1 / .9 for _ in range(x.numel())]
                    x = x * torch.tensor(kept, dtype=torch.float32).reshape(x.shape)
        return x

    def loss_of(z, y):
        return asymmetric_loss(z.double(), y.double()) if classifier else torch.nn.functional.mse_loss(z, y)

    adam = torch.optim.Adam(parameters, lr=.03)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(adam, factor=.1, patience=3)
    history, best = [], None
    for epoch in range(30):
        order = SplitMix(random.next()).permutation(len(xs[0]))
        for at in range(0, len(order), 32):
            batch = order[at:at + 32]
            adam.zero_grad()
            loss_of(forward(xs[0][batch], True), ys[0][batch]).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            adam.step()
        with torch.no_grad():
            validation = loss_of(forward(xs[1], False), ys[1]).item()
            rate = adam.param_groups[0]["lr"]
            plateau.step(validation)
            history.append(validation / (len(xs[1]) if classifier else 1))
            if validation <= min(h * (len(xs[1]) if classifier else 1) for h in history):
                best = forward(xs[2][:1], False)[0]
    show("rate", [rate])
    show("validation", [history[i] for i in (0, 4, 9, 19, 29)])
    show("outputs", torch.sigmoid(best) if classifier else best)


ccas()
offsets()
losses()
judged()
training(True)
training(False)
