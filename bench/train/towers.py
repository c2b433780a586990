"""PyTorch's side of ../train.ts: the same towers, trained on the same batches.

Reads one JSON command per line from standard input and answers each with one line of JSON.
"""

import json
import re
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

YEAR_CENTRE = 1980
# Keras' and tfjs' batch normalisation.
NORM_EPSILON = 1e-3
NORM_MOMENTUM = 0.1


class Title(nn.Module):
    """A title is the mean of its words, a word the mean of its pieces; beside it smooth steps over the year."""

    def __init__(self, config, shapes):
        super().__init__()
        tokens, size = shapes["title_embedding/embeddings"]
        self.title_embedding = nn.EmbeddingBag(tokens, size, mode="sum")
        self.year_steps = nn.Linear(1, shapes["year_steps/bias"][0])
        self.dropout = nn.Dropout(config["dropout"])
        self.title_logits = nn.Linear(*shapes["title_logits/kernel"])

    def forward(self, tokens, year):  # [B, W, P], [B, 1]
        pieces = (tokens > 0).float()
        words = pieces.amax(2)  # [B, W]
        per_piece = pieces / pieces.sum(2, keepdim=True).clamp(min=1)
        weights = per_piece * (words / words.sum(1, keepdim=True).clamp(min=1)).unsqueeze(2)
        title = self.title_embedding(tokens.flatten(1), per_sample_weights=weights.flatten(1))
        known = year.clamp(0, 1)
        steps = torch.tanh(self.year_steps(year - YEAR_CENTRE)) * known
        features = torch.cat([title, steps], 1)
        presence = torch.maximum(words.amax(1, keepdim=True), known)
        return self.title_logits(self.dropout(features)) * presence


class Poster(nn.Module):
    """Convolutions with pooling after each, then mean and maximum over all places."""

    def __init__(self, config, shapes):
        super().__init__()
        self.pooling = config["pooling"]
        self.pixels = config["pixels"]
        self.names = []
        before = 3
        for i, filters in enumerate(config["channels"]):
            name = f"poster_block{i + 1}"
            normalised = i > 0 and config["normalisation"]
            size, stride, padding = (5, 2, 0) if i == 0 else (3, 1, 1)
            conv = nn.Conv2d(before, filters, size, stride, padding, bias=not normalised)
            self.add_module(f"{name}_conv", conv)
            if normalised:
                norm = nn.BatchNorm2d(filters, eps=NORM_EPSILON, momentum=NORM_MOMENTUM)
                self.add_module(f"{name}_norm", norm)
            self.names.append((name, normalised))
            before = filters
        self.dropout = nn.Dropout(config["dropout"])
        self.poster_logits = nn.Linear(*shapes["poster_logits/kernel"])

    def pool(self, x):
        if self.pooling == "max":
            return F.max_pool2d(x, 2, ceil_mode=True)
        return F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)

    def forward(self, poster, has_poster):  # [B, H, W, 3], [B, 1]
        # A view: bytes that lie as [B, H, W, C] are what PyTorch calls channels last.
        x = poster.permute(0, 3, 1, 2).float()
        x = (x - self.pixels["mean"]) / self.pixels["std"]
        for i, (name, normalised) in enumerate(self.names):
            if i == 0:
                x = F.pad(x, same_padding(x, 5, 2))
            x = self.get_submodule(f"{name}_conv")(x)
            if normalised:
                x = self.get_submodule(f"{name}_norm")(x)
            x = self.pool(F.relu(x))
        features = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return self.poster_logits(self.dropout(features)) * has_poster


class Ratings(nn.Module):
    """A hidden layer over the pooled user vector."""

    def __init__(self, config, shapes):
        super().__init__()
        self.input_dropout = nn.Dropout(config["inputDropout"])
        self.ratings_dense = nn.Linear(*shapes["ratings_dense/kernel"])
        self.dropout = nn.Dropout(config["dropout"])
        self.ratings_logits = nn.Linear(*shapes["ratings_logits/kernel"])

    def forward(self, vector, has_ratings):  # [B, D], [B, 1]
        hidden = F.relu(self.ratings_dense(self.input_dropout(vector)))
        return self.ratings_logits(self.dropout(hidden)) * has_ratings


TOWERS = {"title": Title, "poster": Poster, "ratings": Ratings}


def same_padding(x, size, stride):
    """TensorFlow's "same": what does not divide by two goes to the bottom and to the right."""
    padding = []
    for length in (x.shape[3], x.shape[2]):
        total = max(0, (-(-length // stride) - 1) * stride + size - length)
        padding += [total // 2, total - total // 2]
    return padding


def read(array):
    return np.fromfile(array["path"], dtype=array["type"]).reshape(array["shape"])


def load_weights(model, weights):
    """tfjs' weights: kernels are [in, out] and [h, w, in, out] there, [out, in] and [out, in, h, w] here."""
    parts = {
        "kernel": "weight",
        "embeddings": "weight",
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
        "bias": "bias",
    }
    decayed, others = [], []
    for weight in weights:
        layer, part = weight["name"].split("/")
        values = torch.from_numpy(read(weight))
        if part == "kernel":
            values = values.permute(3, 2, 0, 1) if values.dim() == 4 else values.T
        target = getattr(model.get_submodule(layer), parts[part])
        with torch.no_grad():
            target.copy_(values)
        if isinstance(target, nn.Parameter):
            (decayed if re.search(r"kernel|embeddings", part) else others).append(target)
    if len(decayed) + len(others) != len(list(model.parameters())):
        raise ValueError("not every parameter was given")
    return decayed, others


class Replica:
    """A tower in training, with a number of threads of its own."""

    def __init__(self, job, threads):
        self.threads = threads
        shapes = {weight["name"]: weight["shape"] for weight in job["weights"]}
        self.model = TOWERS[job["tower"]](job["config"], shapes)
        self.model = self.model.to(memory_format=torch.channels_last)
        decayed, others = load_weights(self.model, job["weights"])
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": job["config"]["weightDecay"]},
             {"params": others, "weight_decay": 0.0}],
            lr=job["config"]["learningRate"], betas=(0.9, 0.999), eps=1e-8,
        )
        self.averaging = job["averaging"]
        self.averages = [value.clone() for value in self.state()]
        self.updates = 0
        self.prior = torch.tensor(job["prior"])

    def state(self):
        """Parameters and batch normalisation's moments."""
        return [v.detach() for v in self.model.state_dict().values() if v.is_floating_point()]

    def step(self, inputs, targets):
        self.optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(self.model(*inputs) + self.prior, targets)
        loss.backward()
        self.optimizer.step()
        self.updates += 1
        share = min(self.averaging, (1 + self.updates) / (10 + self.updates))
        torch._foreach_mul_(self.averages, share)
        torch._foreach_add_(self.averages, self.state(), alpha=1 - share)
        return loss.item()

    def train(self, batches, seconds):
        """At least a step, and then for so long."""
        torch.set_num_threads(self.threads)
        self.model.train()
        samples = 0
        started = time.perf_counter()
        while samples == 0 or time.perf_counter() - started < seconds:
            inputs, targets = batches[self.updates % len(batches)]
            self.step(inputs, targets)
            samples += len(targets)
        return {"samples": samples, "seconds": time.perf_counter() - started}

    def logits(self, inputs):
        self.model.eval()
        with torch.no_grad():
            return self.model(*inputs)


def main():
    replicas = {}
    batches = []
    built = {}
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "describe":
            answer = {"version": torch.__version__, "threads": command["processors"]}
        elif command["do"] == "build":
            batches = [
                ([torch.from_numpy(read(x)) for x in batch["inputs"]],
                 torch.from_numpy(read(batch["targets"])))
                for batch in command["batches"]
            ]
            replicas = {n: Replica(command, n) for n in command["threads"]}
            first = next(iter(replicas.values()))
            built = {
                "parameters": sum(p.numel() for p in first.model.parameters()),
                "logits": first.logits(batches[0][0]).flatten().tolist(),
            }
            for replica in replicas.values():
                replica.train(batches, 0)
            answer = built
        elif command["do"] == "built":
            answer = built
        else:
            answer = replicas[command["threads"]].train(batches, command["seconds"])
        print(json.dumps(answer), flush=True)


main()
