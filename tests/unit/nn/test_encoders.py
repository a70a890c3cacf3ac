import pytest
import torch

from gradus.core.errors import SettingsError
from gradus.nn.encoders import ENCODERS
from gradus.nn.initialization import initialize_
from gradus.nn.masks import step_mask

LENGTHS = torch.tensor([7, 1, 4, 2])
RECURRENT = [
    f"{cell}(5, layers=2, bidirectional={both}, pooling={pooling!r})"
    for cell in ("rnn", "relu_rnn", "gru", "lstm")
    for both in (False, True)
    for pooling in ("last", "mean", "max")
]
LINES = ["average", "cnn(6)", "cnn(6, widths=(1, 2))", *RECURRENT]


def batch(padding=0.0):
    x = torch.randn(4, 7, 3, generator=torch.Generator().manual_seed(9))
    x[~step_mask(LENGTHS, 7)] = padding
    return x


@pytest.mark.parametrize("line", LINES)
def test_a_text_is_encoded_as_it_would_be_alone_whatever_the_padding(line):
    encoder = ENCODERS.make(line, dim=3)
    x = batch(1e3)
    found = encoder(x, LENGTHS)
    assert found.shape == (4, encoder.width)
    for row, length in enumerate(LENGTHS.tolist()):
        alone = encoder(x[row : row + 1, :length], LENGTHS[row : row + 1])
        torch.testing.assert_close(found[row], alone[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("line", LINES)
def test_an_empty_text_is_encoded_as_zeros(line):
    vectors = torch.randn(2, 3, 3, requires_grad=True)
    encoded = ENCODERS.make(line, dim=3)(vectors, torch.tensor([0, 3]))
    assert encoded[0].eq(0).all()
    encoded.sum().backward()
    assert torch.isfinite(vectors.grad).all()


@pytest.mark.parametrize("line", [line for line in LINES if line != "average"])
def test_the_order_of_words_matters_to_all_but_the_average(line):
    encoder = ENCODERS.make(line, dim=3)
    initialize_(encoder, generator=torch.Generator().manual_seed(3))
    x, lengths = torch.randn(8, 5, 3), torch.full((8,), 5)
    same = torch.allclose(encoder(x, lengths), encoder(x.flip(1), lengths))
    assert same == line.startswith("cnn(1")


def test_the_last_state_of_a_bidirectional_encoder_is_where_each_direction_ended():
    encoder = ENCODERS.make("gru(5, bidirectional=True)", dim=3)
    outputs, _ = encoder.recurrent(batch(), LENGTHS)
    ends = torch.stack([outputs[row, length - 1, :5] for row, length in enumerate(LENGTHS)])
    assert torch.equal(encoder(batch(), LENGTHS), torch.cat([ends, outputs[:, 0, 5:]], -1))


def test_padding_never_wins_the_maximum_of_a_filter():
    encoder = ENCODERS.make("cnn(1, widths=(2,))", dim=1)
    with torch.no_grad():
        encoder.filters[0].weight.fill_(-1.0)
        encoder.filters[0].bias.fill_(5.0)
    # windows of [2, 3]: 0+2, 2+3, 3+0; an all-padding window would answer 5
    x = torch.tensor([[[2.0], [3.0], [0.0], [0.0], [0.0]]])
    assert encoder(x, torch.tensor([2])).item() == 3.0


def test_encoders_take_dropout_between_layers_and_of_weights():
    torch.manual_seed(1)
    encoder = ENCODERS.make("lstm(5, layers=2, dropout=0.3, weight_drop=0.3)", dim=3)
    assert not torch.equal(encoder(batch(), LENGTHS), encoder(batch(), LENGTHS))
    encoder.eval()
    assert torch.equal(encoder(batch(), LENGTHS), encoder(batch(), LENGTHS))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("cnn(widths=())", "give one width or more"),
        ("cnn(0)", "channels=0"),
        ("lstm(pooling='first')", "pooling 'first' is unknown"),
        ("lstm(units=3)", "it takes hidden=128, layers=1"),
    ],
)
def test_settings_out_of_range_are_refused(line, message):
    with pytest.raises(SettingsError, match=message):
        ENCODERS.make(line, dim=3)
