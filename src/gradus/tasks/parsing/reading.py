"""From the numbers of tags to their vectors: what a parser reads of a word beside its form."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.nn.embeddings import Embedding
from gradus.tasks.base.words.reader import BagEmbedding
from gradus.tasks.base.words.symbols import FIRST
from gradus.tasks.parsing.dataset import TagTensors
from gradus.tasks.parsing.settings import ParserConfig
from gradus.tasks.parsing.symbols import Symbols


class TagReader(nn.Module):
    """The vector of a word's tags: those of parts of speech beside the sum of all features."""

    def __init__(
        self, config: ParserConfig, symbols: Symbols, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.upos, self.xpos = (
            Embedding(len(names) + FIRST, config.tag_dim, generator=generator)
            if wanted
            else nn.Identity()
            for wanted, names in ((config.upos, symbols.upos), (config.xpos, symbols.xpos))
        )
        self.features = (
            BagEmbedding(len(symbols.features) + FIRST, config.feature_dim, generator)
            if config.feats
            else nn.Identity()
        )
        self.width = (
            config.tag_dim * (config.upos + config.xpos) + config.feature_dim * config.feats
        )
        self.parts = config.upos + config.xpos + config.feats  # of a length about 1 each

    def forward(self, tags: TagTensors) -> Float[Tensor, "tags width"]:
        """The vectors of combinations of tags."""
        parts = [
            table(ids.long())
            for table, ids in zip((self.upos, self.xpos, self.features), tags, strict=True)
            if not isinstance(table, nn.Identity)
        ]
        if not parts:
            return torch.zeros(len(tags.upos), 0, device=tags.upos.device)
        return torch.cat(parts, -1)
