"""Windows over a text: every token once an epoch, and streams that go on without a gap."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradus.nn.losses import IGNORED
from gradus.tasks.lm.dataset import Windows
from gradus.tasks.lm.spelling import EncodedText
from gradus.training.subset import sample


@st.composite
def windows(draw):
    lengths = draw(st.lists(st.integers(1, 60), min_size=1, max_size=8))
    bounds = np.cumsum([0, *lengths])
    text = EncodedText(np.arange(bounds[-1], dtype=np.int32), bounds, 0)
    return Windows(
        text, draw(st.integers(1, 6)), draw(st.integers(1, 12)), seed=draw(st.integers(1, 9))
    )


def epoch(made: Windows, number: int | None):
    """The batches of an epoch, as a run gets them; None is a look at a dev set."""
    count = len(made.sizes) // made.streams if number is None else made.batches(number)
    before = sum(made.batches(earlier) for earlier in range(1, number or 1))
    for step in range(count):
        indices = np.arange(step * made.streams, (step + 1) * made.streams)
        yield made.batch(indices, draw=None if number is None else before + step + 1)


@given(windows(), st.sampled_from([None, 1, 2, 5]))
def test_every_token_is_in_one_window_and_streams_go_on(made, number):
    seen: list[int] = []
    last: dict[int, int] = {}
    starts = set(made.text.bounds.tolist())
    for batch in epoch(made, number):
        assert (batch.tokens != IGNORED).any()  # there is something to learn from
        for stream, row, fresh in zip(
            batch.streams.tolist(), batch.tokens, batch.fresh.tolist(), strict=True
        ):
            tokens = row[row != IGNORED].tolist()
            assert tokens == list(range(tokens[0], tokens[0] + len(tokens))) if tokens else True
            assert not starts & set(tokens[1:])  # no window reaches over the end of a document
            if tokens and not fresh:
                assert tokens[0] == last[stream] + 1
            if tokens:
                last[stream] = tokens[-1]
            seen += tokens
    assert sorted(seen) == list(range(len(made.text)))


@given(windows(), st.sampled_from([None, 1, 3]))
def test_a_stream_that_goes_on_has_no_padding_before(made, number):
    batches = list(epoch(made, number))
    for batch, following in itertools.pairwise(batches):
        goes_on = ~following.fresh & (following.tokens != IGNORED).any(1)
        assert (batch.tokens[goes_on] != IGNORED).all()


def test_cuts_move_from_epoch_to_epoch_and_follow_from_the_seed():
    text = EncodedText(np.arange(200, dtype=np.int32), np.array([0, 200]), 0)
    made = Windows(text, streams=2, steps=10, seed=3)
    first, second, again = (
        [batch.tokens.shape[1] for batch in epoch(made, number)] for number in (1, 2, 1)
    )
    assert first != second
    assert first == again
    assert first != [b.tokens.shape[1] for b in epoch(Windows(text, 2, 10, seed=4), 1)]
    assert [batch.tokens.shape[1] for batch in epoch(made, None)] == [10] * 10
    assert made.sizes.tolist() == [10] * 20


def test_windows_of_any_size_come_from_parts_of_a_batch():
    text = EncodedText(np.arange(40, dtype=np.int32), np.array([0, 40]), 0)
    made = Windows(text, streams=4, steps=5)
    whole = made.batch(np.arange(4, 8), draw=3)
    parts = [made.batch(np.array([4, 5]), draw=3), made.batch(np.array([6, 7]), draw=3)]
    assert torch.equal(torch.cat([part.tokens for part in parts]), whole.tokens)
    assert torch.equal(torch.cat([part.streams for part in parts]), whole.streams)


@pytest.mark.parametrize("change", ["text", "bounds", "streams", "steps"])
def test_the_fingerprint_knows_text_documents_and_shape(change):
    ids, bounds = np.arange(20, dtype=np.int32), np.array([0, 20])
    first = Windows(EncodedText(ids, bounds, 0), 2, 5)
    second = {
        "text": Windows(EncodedText(ids[::-1].copy(), bounds, 0), 2, 5),
        "bounds": Windows(EncodedText(ids, np.array([0, 9, 20]), 0), 2, 5),
        "streams": Windows(EncodedText(ids, bounds, 0), 3, 5),
        "steps": Windows(EncodedText(ids, bounds, 0), 2, 6),
    }[change]
    assert first.fingerprint() != second.fingerprint()


@given(windows(), st.integers(1, 20), st.integers(1, 5))
def test_a_sample_is_a_stretch_of_the_text_with_its_borders(made, size, seed):
    found = made.sample(size, seed)
    ids = found.text.ids.tolist()
    assert len(ids) == min(size * made.steps, len(made.text))
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    inside = [ids[bound] for bound in found.text.bounds[1:-1]]
    assert inside == [n for n in made.text.bounds.tolist() if ids[0] < n <= ids[-1]]
    assert sample(made, size, seed).text.ids.tolist() == ids
