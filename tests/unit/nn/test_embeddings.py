import numpy as np
import pytest
import torch

from gradus.core.errors import DataError
from gradus.nn.embeddings import PADDING, UNKNOWN, Coverage, Embedding

WORDS = ["<pad>", "<unk>", "cat", "gnu", "dog", "emu"]
TABLE = ["dog", "ant", "cat", "dog"]
MATRIX = np.arange(1, 13, dtype=np.float64).reshape(4, 3)


def loaded(**options):
    return Embedding.from_vectors(WORDS, TABLE, MATRIX, **options)


def test_known_words_get_the_rows_of_the_table_the_first_of_equal_words():
    layer, coverage = loaded()
    assert layer(torch.tensor([2])).tolist() == [MATRIX[2].tolist()]
    assert layer(torch.tensor([4])).tolist() == [MATRIX[0].tolist()]
    assert coverage == Coverage(2, 4)
    assert coverage.share == 0.5


def test_other_words_get_random_rows_as_large_as_the_known_ones():
    rng = np.random.default_rng(4)
    known = [f"k{number}" for number in range(500)]
    strange = [f"s{number}" for number in range(500)]
    matrix = rng.normal(0.2, 0.7, size=(500, 20)).astype(np.float32)
    layer, _ = Embedding.from_vectors(
        ["<pad>", "<unk>", *known, *strange], known, matrix, generator=torch.Generator()
    )
    rows = layer.table.weight.detach().numpy()[502:]
    assert np.sqrt((rows**2).mean()) == pytest.approx(np.sqrt((matrix**2).mean()), rel=0.03)
    assert len(np.unique(rows, axis=0)) == 500


def test_the_table_may_have_the_unknown_word_which_is_not_counted():
    words = [*TABLE[:3], "<unk>"]
    layer, coverage = Embedding.from_vectors(WORDS, words, MATRIX)
    assert layer.table.weight[UNKNOWN].tolist() == MATRIX[3].tolist()
    assert coverage == Coverage(2, 4)


def test_a_table_without_a_known_word_still_gives_vectors():
    layer, coverage = Embedding.from_vectors(WORDS, ["yak"], MATRIX[:1])
    assert coverage == Coverage(0, 4)
    assert layer.table.weight[1:].ne(0).all()


def test_an_empty_vocabulary_is_covered():
    assert Embedding.from_vectors(WORDS[:2], TABLE, MATRIX)[1].share == 1


def test_padding_is_the_zero_vector_and_stays_so():
    layer, _ = Embedding.from_vectors(WORDS, ["<pad>", "cat"], MATRIX[:2])
    ids = torch.tensor([[2, PADDING, PADDING]])
    layer(ids).sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.1).step()
    assert layer(torch.tensor([PADDING])).eq(0).all()


def test_frozen_vectors_are_not_trained_but_saved():
    layer, _ = loaded(frozen=True)
    assert not any(parameter.requires_grad for parameter in layer.parameters())
    assert "table.weight" in layer.state_dict()
    tuned, _ = loaded()
    assert all(parameter.requires_grad for parameter in tuned.parameters())


def test_another_dim_is_refused_with_both_dims():
    with pytest.raises(
        DataError, match="expects vectors of dim 100, but this table has dim 3; set dim=3 or load"
    ):
        loaded(dim=100)
    assert loaded(dim=3)[0].dim == 3


def test_words_and_rows_must_be_as_many():
    with pytest.raises(DataError, match="2 words came with 4 vectors"):
        Embedding.from_vectors(WORDS, TABLE[:2], MATRIX)


def test_equal_generators_give_equal_rows():
    first, second = (Embedding(9, 4, generator=torch.Generator().manual_seed(2)) for _ in "ab")
    assert torch.equal(first.table.weight, second.table.weight)


def test_random_rows_have_length_near_1():
    lengths = Embedding(500, 100).table.weight[1:].norm(dim=1)
    assert lengths.mean().item() == pytest.approx(1, abs=0.02)


def test_sparse_gradients_hold_only_the_rows_of_the_batch():
    layer = Embedding(1000, 3, sparse=True)
    layer(torch.tensor([[5, 7, 5]])).sum().backward()
    gradient = layer.table.weight.grad
    assert gradient.is_sparse
    assert gradient.coalesce().indices().tolist() == [[5, 7]]


def test_word_and_row_dropout_work_in_training_only():
    torch.manual_seed(3)
    layer = Embedding(50, 3, word_dropout=0.5, row_dropout=0.5)
    ids = torch.randint(2, 50, (20, 30))
    vectors = layer(ids)
    assert vectors.eq(0).all(-1).float().mean() > 0.2
    unknown = (vectors == 2 * layer.table.weight[UNKNOWN]).all(-1)
    assert unknown.float().mean() > 0.1
    assert torch.equal(layer.eval()(ids), layer.table(ids))
