import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.seeding import stream

SEEDS = st.integers(0, 2**63)
NAMES = st.lists(st.text(max_size=5) | st.integers(0, 2**31), max_size=3)


@given(seed=SEEDS, names=NAMES)
def test_equal_names_give_equal_numbers(seed, names):
    np.testing.assert_array_equal(stream(seed, *names).random(4), stream(seed, *names).random(4))


@given(seed=SEEDS)
def test_streams_differ_by_name_order_and_seed(seed):
    kinds = [("a",), ("b",), ("a", "b"), ("b", "a"), ("a", 0), ("a", 1), ()]
    drawn = {tuple(stream(seed, *names).integers(2**62, size=2)) for names in kinds}
    drawn.add(tuple(stream(seed + 1, "a").integers(2**62, size=2)))
    assert len(drawn) == len(kinds) + 1


def test_a_new_stream_reshuffles_no_other():
    before = stream(7, "init").random(3)
    stream(7, "holdout").random(3)
    np.testing.assert_array_equal(stream(7, "init").random(3), before)


def crc32(data: bytes) -> int:
    """The cyclic redundancy check bit by bit, from its definition."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = (rest >> 1) ^ (0xEDB88320 if rest & 1 else 0)
    return rest ^ 0xFFFFFFFF


def test_a_name_becomes_a_key_that_does_not_depend_on_the_process():
    keys = (crc32(b"init"), 3)
    expected = np.random.default_rng(np.random.SeedSequence(7, spawn_key=keys))
    assert stream(7, "init", 3).random() == expected.random()
