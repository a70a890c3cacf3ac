"""Co-occurring pairs on disk in tiles, an order made for training.

Words are dealt to blocks, and a tile holds the pairs of one block of rows with one block of
columns: its parameters fit in the processor's cache, and tiles that share neither rows nor columns
can be trained at the same time [gemulla2011]. Inside a tile pairs stand row by row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import RawIOBase
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Int64, Shaped, UInt, UInt32

from gradus.core.seeding import stream
from gradus.core.storage import map_tensors, write_tensors
from gradus.vectors.cooccurrence import Cooccurrences, Pairs
from gradus.vectors.stretches import in_order

#: Bytes of parameters and sums on each side of a tile: both sides fit the outer cache of a core.
SIDE = 4 << 20
#: Blocks a small vocabulary is cut into if it has as many words. Threads would be content with
#: fewer, but then a row meets so many of its pairs in a row that the first epochs overshoot.
FEWEST = 32
#: A place has 16 bits for a row and 16 for a column.
LARGEST = 1 << 16
#: The weight ``f(X)`` of counts.
Weighting = Callable[[Float64[np.ndarray, " pairs"]], Float64[np.ndarray, " pairs"]]

#: The pairs, and where each tile begins with the pairs held out; the latter is written last.
TILES, INDEX = "tiles.bin", "tiles.safetensors"

#: One pair on disk.
PAIR = np.dtype([("place", "<u4"), ("log", "<f4"), ("weight", "<f4")])


@dataclass(frozen=True, eq=False)
class Layout:
    """Which word stands where: block by block, in each block the most frequent word first."""

    block: Int32[np.ndarray, " words"]
    position: Int64[np.ndarray, " words"]  # of each word, over all blocks
    starts: Int64[np.ndarray, " bounds"]  # where the words of each block begin

    @classmethod
    def deal(cls, words: int, blocks: int, seed: int) -> "Layout":
        """Deal words to blocks like cards, in rounds, by frequency: blocks get equal shares.

        >>> layout = Layout.deal(words=5, blocks=2, seed=1)
        >>> layout.starts.tolist(), sorted(layout.position.tolist())
        ([0, ..., 5], [0, 1, 2, 3, 4])
        """
        rng = stream(seed, "blocks")
        rounds = rng.permuted(np.tile(np.arange(blocks), (-(-words // blocks), 1)), axis=1)
        block = rounds.ravel()[:words].astype(np.int32)
        position = np.empty(words, dtype=np.int64)
        position[np.argsort(block, kind="stable")] = np.arange(words)
        starts = np.concatenate([[0], np.cumsum(np.bincount(block, minlength=blocks))])
        return cls(block, position, starts)

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return len(self.starts) - 1

    def tile(self, pairs: Pairs) -> UInt[np.ndarray, " pairs"]:
        """The tiles of pairs of words, in 16 bits if they fit: NumPy sorts those fastest."""
        tiles = self.block[pairs.rows] * np.int32(self.blocks) + self.block[pairs.columns]
        return tiles.astype(np.uint16 if self.blocks**2 <= 1 << 16 else np.uint32)

    def local(self, words: Int32[np.ndarray, " _"]) -> UInt32[np.ndarray, " _"]:
        """The places of words inside their blocks."""
        return (self.position[words] - self.starts[self.block[words]]).astype(np.uint32)


def count_blocks(words: int, width: int) -> int:
    """How many blocks ``words`` rows of ``width`` parameters and as many sums are cut into.

    >>> count_blocks(words=200_000, width=112), count_blocks(words=5, width=16)
    (43, 5)
    """
    each = min(LARGEST, max(1, SIDE // (8 * width)))
    return max(min(FEWEST, words), -(-words // each))


@dataclass(frozen=True, eq=False)
class Tiles:
    """Pairs of words on disk; tile ``row * blocks + column`` begins at its entry of ``offsets``."""

    path: Path
    layout: Layout
    offsets: Int64[np.ndarray, " bounds"]

    @classmethod
    def load(cls, folder: Path, layout: Layout) -> "tuple[Tiles, Pairs] | None":
        """Tiles and held-out pairs that :func:`write_tiles` left in ``folder``, if it finished."""
        path = folder / TILES
        if not (folder / INDEX).is_file():
            return None
        index = {name: np.array(array) for name, array in map_tensors(folder / INDEX).items()}
        tiles = cls(path, layout, index.pop("offsets"))
        if not path.is_file() or path.stat().st_size != tiles.offsets[-1] * PAIR.itemsize:
            return None
        return tiles, Pairs(**index)

    @property
    def sizes(self) -> Int64[np.ndarray, " tiles"]:
        """Pairs of each tile."""
        return np.diff(self.offsets)

    def read(
        self, tile: int
    ) -> tuple[
        UInt32[np.ndarray, " pairs"], Float32[np.ndarray, " pairs"], Float32[np.ndarray, " pairs"]
    ]:
        """Places, ``log X`` and weights of the pairs of a tile.

        The file is read, not mapped: pages of a map would count as memory of the process.
        """
        start, end = self.offsets[tile : tile + 2].tolist()
        pairs = np.fromfile(self.path, PAIR, end - start, offset=start * PAIR.itemsize)
        return pairs["place"], pairs["log"], pairs["weight"]


@dataclass(frozen=True, eq=False)
class HeldOutChoice:
    """Chooses pairs that are not trained on; ``(i, j)`` and ``(j, i)`` share their fate.

    Where contexts stand on both sides the two have the same count: one would tell the other.
    """

    share: float
    seed: int

    def __call__(self, pairs: Pairs) -> Bool[np.ndarray, " pairs"]:
        """Whether each pair is held out, which depends on its two words and the seed alone."""
        low = np.minimum(pairs.rows, pairs.columns).astype(np.uint64)
        high = np.maximum(pairs.rows, pairs.columns).astype(np.uint64)
        key = np.uint64(stream(self.seed, "held out").integers(2**63))
        # the finalizer of splitmix64: every bit of the key moves every bit of the result
        mixed = ((high << np.uint64(32)) | low) ^ key
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        return (mixed >> np.uint64(11)) < np.uint64(self.share * 2.0**53)


def write_tiles(
    counts: Cooccurrences,
    layout: Layout,
    folder: Path,
    weighting: Weighting,
    choice: HeldOutChoice,
    *,
    threads: int = 1,
) -> tuple[Tiles, Pairs]:
    """Write pairs of ``counts`` to ``folder`` in tiles, with ``log X`` and ``f(X)``.

    Returns the tiles and the pairs held out. Takes memory for the latter and for some chunks of
    pairs.
    """

    def measured(pairs: Pairs) -> tuple[Pairs, Int64[np.ndarray, " tiles"]]:
        held = choice(pairs)
        tiles = layout.tile(_select(pairs, ~held))
        return _select(pairs, held), np.bincount(tiles, minlength=layout.blocks**2)

    def sorted_by_tile(
        pairs: Pairs,
    ) -> tuple[Shaped[np.ndarray, " pairs"], UInt[np.ndarray, " pairs"]]:
        kept = _select(pairs, ~choice(pairs))
        tiles = layout.tile(kept)
        order = np.argsort(tiles, kind="stable")  # rows stay together, in order
        return _on_disk(kept, layout, weighting)[order], tiles[order]

    held_out, sizes = zip(*in_order(measured, counts.chunks(), threads), strict=True)
    offsets = np.concatenate([[0], np.cumsum(np.sum(sizes, axis=0))])
    ends = offsets[:-1].copy()
    with (folder / TILES).open("wb", buffering=0) as file:
        for pairs, tiles in in_order(sorted_by_tile, counts.chunks(), threads):
            _scatter(file, pairs, tiles, ends)
    held_out_pairs = Pairs(*(np.concatenate(column) for column in zip(*held_out, strict=True)))
    write_tensors(folder / INDEX, {"offsets": offsets, **held_out_pairs._asdict()})
    return Tiles(folder / TILES, layout, offsets), held_out_pairs


def _select(pairs: Pairs, chosen: Bool[np.ndarray, " pairs"]) -> Pairs:
    return Pairs(*(column[chosen] for column in pairs))


def _on_disk(pairs: Pairs, layout: Layout, weighting: Weighting) -> Shaped[np.ndarray, " pairs"]:
    found = np.empty(len(pairs.rows), dtype=PAIR)
    found["place"] = (layout.local(pairs.rows) << np.uint32(16)) | layout.local(pairs.columns)
    found["log"], found["weight"] = np.log(pairs.counts), weighting(pairs.counts)
    return found


def _scatter(
    file: RawIOBase,
    pairs: Shaped[np.ndarray, " pairs"],
    tiles: UInt[np.ndarray, " pairs"],
    ends: Int64[np.ndarray, " tiles"],
) -> None:
    """Append pairs, sorted by tile, to their tiles and move the ``ends`` of these."""
    content = pairs.view(np.uint8).data
    cuts = np.flatnonzero(np.diff(tiles.astype(np.int64), prepend=-1)).tolist()
    for first, last in pairwise([*cuts, len(tiles)]):
        tile = tiles[first]
        file.seek(int(ends[tile]) * PAIR.itemsize)
        part = content[first * PAIR.itemsize : last * PAIR.itemsize]
        while part:  # an unbuffered file may take less than all
            part = part[file.write(part) or 0 :]
        ends[tile] += last - first
