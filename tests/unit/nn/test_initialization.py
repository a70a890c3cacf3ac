import pytest
import torch
from torch import nn

from gradus.core.errors import SettingsError
from gradus.nn.embeddings import Embedding
from gradus.nn.initialization import INITIALIZERS, initialize_
from gradus.nn.recurrent import Recurrent

OUT, IN = 300, 500


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


def filled(line, shape=(OUT, IN)):
    tensor = torch.empty(shape)
    INITIALIZERS.make(line)(tensor, seeded())
    return tensor


@pytest.mark.parametrize(
    ("line", "variance"),
    [
        ("xavier", 2 / (IN + OUT)),
        ("xavier(2.0)", 8 / (IN + OUT)),
        ("he", 2 / IN),
        ("uniform(0.3)", 0.3**2 / 3),
        ("normal(0.02)", 0.02**2),
    ],
)
def test_random_weights_have_the_variance_of_their_formula(line, variance):
    weights = filled(line)
    assert weights.var().item() == pytest.approx(variance, rel=0.02)
    assert abs(weights.mean().item()) < 5 * (variance / weights.numel()) ** 0.5


def test_xavier_and_uniform_stay_within_their_bounds():
    assert filled("xavier").abs().max() <= (6 / (IN + OUT)) ** 0.5
    assert filled("uniform(0.3)").abs().max() <= 0.3


@pytest.mark.parametrize("shape", [(30, 50), (50, 30), (40, 40)])
def test_orthogonal_weights_have_orthonormal_rows_or_columns(shape):
    weights = filled("orthogonal(3.0)", shape) / 3
    short = weights if shape[0] <= shape[1] else weights.T
    torch.testing.assert_close(short @ short.T, torch.eye(min(shape)), rtol=0, atol=1e-5)


def test_constants_are_the_same_everywhere():
    assert filled("zeros").eq(0).all()
    assert filled("constant(0.5)").eq(0.5).all()


def network():
    return nn.ModuleDict(
        {
            "words": Embedding(9, 4),
            "lstm": nn.LSTM(4, 3, num_layers=2, bidirectional=True),
            "gru": nn.GRU(4, 3),
            "norm": nn.LayerNorm(3),
            "slope": nn.PReLU(),
            "filters": nn.Conv1d(4, 2, 3),
            "top": nn.Linear(3, 2),
        }
    )


def test_equal_seeds_give_equal_weights_whatever_the_global_generator_does():
    first, second, other = network(), network(), network()
    initialize_(first, biases="normal", generator=seeded())
    torch.rand(5)
    initialize_(second, biases="normal", generator=seeded())
    initialize_(other, biases="normal", generator=seeded(2))
    for name in ("lstm", "gru", "filters", "top"):
        pairs = zip(first[name].parameters(), second[name].parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
        assert not torch.equal(next(first[name].parameters()), next(other[name].parameters()))


def test_embeddings_norms_and_slopes_are_untouched():
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    initialize_(model, "constant(7)", "constant(7)", forget_bias=None)
    for name, value in model.state_dict().items():
        kept = name.startswith(("words", "norm", "slope"))
        assert torch.equal(value, before[name]) if kept else value.eq(7).all(), name


def test_biases_are_filled_apart_from_weights():
    model = nn.Linear(3, 2)
    initialize_(model, "constant(2)", "constant(5)")
    assert model.weight.eq(2).all()
    assert model.bias.eq(5).all()


@pytest.mark.parametrize("biases", ["zeros", "normal"])
def test_the_two_forget_biases_of_an_lstm_sum_to_the_forget_bias(biases):
    layer = nn.LSTM(4, 3, num_layers=2, bidirectional=True)
    initialize_(layer, biases=biases, forget_bias=1.5, generator=seeded())
    for end in ("l0", "l0_reverse", "l1", "l1_reverse"):
        total = layer.get_parameter(f"bias_ih_{end}") + layer.get_parameter(f"bias_hh_{end}")
        assert total[3:6].eq(1.5).all()
        others = torch.cat([total[:3], total[6:]])
        assert others.eq(0).all() if biases == "zeros" else not others.eq(1.5).any()


def test_only_an_lstm_has_forget_biases():
    layer = nn.GRU(4, 3)
    initialize_(layer, forget_bias=1.5)
    assert layer.bias_ih_l0.eq(0).all()


def test_the_matrix_of_each_gate_is_orthogonal_by_itself():
    layer = Recurrent("lstm", 5, 4)
    initialize_(layer, "orthogonal", generator=seeded())
    for gate in layer.layers[0][0].rnn.weight_hh_l0.detach().chunk(4):
        torch.testing.assert_close(gate @ gate.T, torch.eye(4), rtol=0, atol=1e-5)


def test_a_projected_lstm_is_filled_too():
    layer = nn.LSTM(4, 6, proj_size=2)
    initialize_(layer, "orthogonal")
    projection = layer.weight_hr_l0.detach()
    torch.testing.assert_close(projection @ projection.T, torch.eye(2), rtol=0, atol=1e-5)


def test_biases_refuse_what_needs_a_matrix():
    with pytest.raises(SettingsError, match="orthogonal fills matrices"):
        initialize_(nn.Linear(2, 2), biases="orthogonal")
