"""Building blocks of networks, chosen by a line of settings such as ``leaky_relu(0.1)``.

A name is imported when it is first used, so that ``import gradus.nn`` does not import torch.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.nn.activations import ACTIVATIONS, unit_faults
    from gradus.nn.attention import ATTENTIONS, Attention
    from gradus.nn.biaffine import Biaffine
    from gradus.nn.carried import CarriedRecurrent, FixedWindow, Reader
    from gradus.nn.crf import LinearChainCRF
    from gradus.nn.dropout import DROPOUTS, LockedDropout, WordDropout
    from gradus.nn.embeddings import Embedding
    from gradus.nn.encoders import ENCODERS, Encoder
    from gradus.nn.feedforward import FeedForward
    from gradus.nn.initialization import INITIALIZERS, initialize_
    from gradus.nn.losses import LOSSES
    from gradus.nn.normalization import NORMALIZATIONS, BatchNorm, MeanCentering
    from gradus.nn.parts import PARTS, Part
    from gradus.nn.penalties import decay_groups, l1_penalty, l2_penalty, max_norm_
    from gradus.nn.pooling import POOLINGS
    from gradus.nn.recurrent import CELLS, Recurrent
    from gradus.nn.sampled_losses import SAMPLED_LOSSES
    from gradus.nn.tag_constraints import allowed_transitions
    from gradus.nn.tree_likelihood import tree_log_partition
    from gradus.nn.weight_drop import WeightDrop
    from gradus.nn.word_outputs import WORD_OUTPUTS, WordOutput

#: Where each public name is defined.
HOMES = {
    "ACTIVATIONS": "gradus.nn.activations",
    "ATTENTIONS": "gradus.nn.attention",
    "Attention": "gradus.nn.attention",
    "BatchNorm": "gradus.nn.normalization",
    "Biaffine": "gradus.nn.biaffine",
    "CELLS": "gradus.nn.recurrent",
    "CarriedRecurrent": "gradus.nn.carried",
    "DROPOUTS": "gradus.nn.dropout",
    "ENCODERS": "gradus.nn.encoders",
    "Embedding": "gradus.nn.embeddings",
    "Encoder": "gradus.nn.encoders",
    "FeedForward": "gradus.nn.feedforward",
    "FixedWindow": "gradus.nn.carried",
    "INITIALIZERS": "gradus.nn.initialization",
    "LOSSES": "gradus.nn.losses",
    "LinearChainCRF": "gradus.nn.crf",
    "LockedDropout": "gradus.nn.dropout",
    "MeanCentering": "gradus.nn.normalization",
    "NORMALIZATIONS": "gradus.nn.normalization",
    "PARTS": "gradus.nn.parts",
    "POOLINGS": "gradus.nn.pooling",
    "Part": "gradus.nn.parts",
    "Reader": "gradus.nn.carried",
    "Recurrent": "gradus.nn.recurrent",
    "SAMPLED_LOSSES": "gradus.nn.sampled_losses",
    "WORD_OUTPUTS": "gradus.nn.word_outputs",
    "WeightDrop": "gradus.nn.weight_drop",
    "WordDropout": "gradus.nn.dropout",
    "WordOutput": "gradus.nn.word_outputs",
    "allowed_transitions": "gradus.nn.tag_constraints",
    "decay_groups": "gradus.nn.penalties",
    "initialize_": "gradus.nn.initialization",
    "l1_penalty": "gradus.nn.penalties",
    "l2_penalty": "gradus.nn.penalties",
    "max_norm_": "gradus.nn.penalties",
    "tree_log_partition": "gradus.nn.tree_likelihood",
    "unit_faults": "gradus.nn.activations",
}

__all__ = [
    "ACTIVATIONS",
    "ATTENTIONS",
    "CELLS",
    "DROPOUTS",
    "ENCODERS",
    "INITIALIZERS",
    "LOSSES",
    "NORMALIZATIONS",
    "PARTS",
    "POOLINGS",
    "SAMPLED_LOSSES",
    "WORD_OUTPUTS",
    "Attention",
    "BatchNorm",
    "Biaffine",
    "CarriedRecurrent",
    "Embedding",
    "Encoder",
    "FeedForward",
    "FixedWindow",
    "LinearChainCRF",
    "LockedDropout",
    "MeanCentering",
    "Part",
    "Reader",
    "Recurrent",
    "WeightDrop",
    "WordDropout",
    "WordOutput",
    "allowed_transitions",
    "decay_groups",
    "initialize_",
    "l1_penalty",
    "l2_penalty",
    "max_norm_",
    "tree_log_partition",
    "unit_faults",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
