"""The specification of the kernels of ``ngrams``: plain Python, short and slow."""

from collections import Counter

ABSENT = -1


def hash_of(key: int) -> int:
    """31 bits of a key."""
    return (key * 0x9E3779B97F4A7C15 % 2**64) >> 33


def extended(text: list[int], rows: list[int], words: int) -> list[int]:
    """Keys of the sequences, one word longer than those in ``rows``, that end at each token."""
    return [
        ABSENT if at == 0 or ABSENT in rows[at - 1 : at + 1] else rows[at - 1] * words + word
        for at, word in enumerate(text)
    ]


def frequent(keys: list[int], least: int) -> list[int]:
    """Keys that stand there ``least`` times, each once, in rising order."""
    return sorted(key for key, count in Counter(keys).items() if count >= least)


def distinct_rows(
    texts: list[list[int]], words: int, order: int, known: dict[int, int] | None, buckets: int
) -> list[list[int]]:
    """The rows of each text, each once, shorter sequences first.

    ``known`` has the row of each key; where it is None, rows are hashes.
    """
    found = []
    for text in texts:
        rows, met = text, [word for word in text if word != ABSENT]
        for _ in range(2, order + 1):
            keys = extended(text, rows, words)
            if known is not None:
                rows = [known.get(key, ABSENT) for key in keys]
                met += [row for row in rows if row != ABSENT]
            else:
                rows = [ABSENT if key == ABSENT else hash_of(key) for key in keys]
                met += [words + row % buckets for row in rows if row != ABSENT]
        found.append(list(dict.fromkeys(met)))
    return found
