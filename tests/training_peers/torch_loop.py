"""PyTorch: a loop over the batches with fused Adam; with the word "compile", `torch.compile`."""

import sys

import peer
import torch
from torch import nn

x, y = (torch.from_numpy(array) for array in peer.images_and_labels())
y = y.long()
layers = []
for inputs, units in zip(peer.WIDTHS[:-2], peer.WIDTHS[1:-1], strict=True):
    layers += [nn.Linear(inputs, units), nn.ReLU(), nn.Dropout(peer.DROPOUT)]
model = nn.Sequential(*layers, nn.Linear(*peer.WIDTHS[-2:]))
optimizer = torch.optim.Adam(model.parameters(), lr=peer.RATE, fused=True)
score = nn.CrossEntropyLoss()


def forward(images, labels):
    logits = model(images)
    return score(logits, labels), (logits.argmax(1) == labels).sum()


if "compile" in sys.argv:
    forward = torch.compile(forward)


def epoch():
    model.train()
    total, hits = torch.zeros(()), torch.zeros((), dtype=torch.long)
    for rows in torch.randperm(len(x)).split(peer.BATCH):
        optimizer.zero_grad()
        loss, right = forward(x[rows], y[rows])
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(rows)
        hits += right
    float(total), int(hits)


peer.take_turns(epoch)
