"""Batches: every example once an epoch, alike in length, and the same for the same seed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradus.training.batching import POOL, Batches, in_order

SIZES = st.lists(st.integers(0, 300), min_size=1, max_size=400).map(np.array)


def flat(batches):
    return np.concatenate(batches).tolist()


@given(sizes=SIZES, batch=st.integers(1, 40), bucket=st.booleans(), epoch=st.integers(1, 5))
def test_an_epoch_has_every_example_once(sizes, batch, bucket, epoch):
    batches = Batches(sizes, batch, bucket, seed=3)
    plan = batches.plan(epoch)
    assert sorted(flat(plan)) == list(range(len(sizes)))
    assert max(map(len, plan)) <= batch
    assert len(plan) == batches.steps(1)


@given(sizes=SIZES, batch=st.integers(1, 40), bucket=st.booleans())
def test_a_plan_follows_from_seed_and_epoch_alone(sizes, batch, bucket):
    first, second = (Batches(sizes, batch, bucket, seed=3) for _ in range(2))
    second.plan(1)
    assert flat(first.plan(2)) == flat(second.plan(2))


def test_epochs_and_seeds_are_shuffled_differently():
    sizes = np.ones(100, dtype=int)
    plans = [
        flat(Batches(sizes, 10, bucket=False, seed=seed).plan(epoch))
        for seed in (1, 2)
        for epoch in (1, 2)
    ]
    assert len({tuple(plan) for plan in plans}) == 4


def test_buckets_pad_less():
    sizes = np.random.default_rng(1).integers(1, 500, size=32 * POOL)

    def padding(bucket):
        plan = Batches(sizes, 32, bucket=bucket, seed=1).plan(1)
        return sum(len(batch) * sizes[batch].max() - sizes[batch].sum() for batch in plan)

    assert padding(True) < 0.05 * padding(False)


def test_an_order_decides_what_an_epoch_sees():
    def first_half(epoch, rng):
        return rng.permutation(10)[:5] if epoch == 1 else rng.permutation(10)

    batches = Batches(np.ones(10, dtype=int), 2, bucket=False, seed=1, order=first_half)
    assert [len(flat(batches.plan(epoch))) for epoch in (1, 2)] == [5, 10]
    assert batches.steps(2) == 3 + 5


@given(sizes=SIZES, batch=st.integers(1, 40))
def test_evaluation_sees_every_example_once_longest_first(sizes, batch):
    order = flat(in_order(sizes, batch))
    assert sorted(order) == list(range(len(sizes)))
    assert (np.diff(sizes[order]) <= 0).all()
