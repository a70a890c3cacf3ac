from fractions import Fraction

import pytest

from gradus.gradients.elements.algebra import ONE, ZERO, matched, number, plus, power, times
from gradus.gradients.elements.entries import entry
from gradus.gradients.elements.partials import partial
from gradus.gradients.elements.sums import put, sigma
from gradus.gradients.elements.tree import Element, Entry, Index, Length, Match, Place, Sigma
from gradus.gradients.elements.writers import text
from gradus.gradients.expressions import operations
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import Node, build, leaf
from gradus.gradients.expressions.reductions import mean_over, sum_over
from gradus.gradients.writing.notation import notation

assert operations.OPERATIONS  # importing it makes the builders known

N, D, H = map(Dim.symbol, "NDH")
A = leaf("A", (N, D), "normal")
B = leaf("B", (D, H), "normal")
S = leaf("S", (D, D), "normal")
v = leaf("v", (D,), "normal")
o = leaf("o", (N,), "index")
j, k = Index("j", D), Index("k", D)
a, b = Place(Index("a", D)), Place(Index("b", H))


def shown(element: Element) -> str:
    return text(element, notation)


def at(node: Node, *letters: Index) -> Entry:
    return Entry(node, tuple(map(Place, letters)))


@pytest.mark.parametrize(
    ("node", "letters", "wanted"),
    [
        (A @ B, "ij", "Σ_k A[i, k] B[k, j]"),
        (A.T, "ij", "A[j, i]"),
        (A * v, "ij", "A[i, j] v[j]"),
        (v @ v, "", "Σ_i v[i]²"),
        (build("tr", (S,)), "", "Σ_i S[i, i]"),
        (build("diag", (v,)), "ij", "v[i] [i = j]"),
        (build("outer", (v, v)), "ij", "v[i] v[j]"),
        (build("gather", (B, o)), "ij", "B[o[i], j]"),
        (build("onehot", (o,), H), "ij", "[o[i] = j]"),
        (build("softmax", (v,)), "i", "exp(v[i]) / Σ_j exp(v[j])"),
        (build("logsoftmax", (v,)), "i", "v[i] - log(Σ_j exp(v[j]))"),
        (build("norm", (A,)), "", "√(Σ_i Σ_j A[i, j]²)"),
        (build("amax", (A,), ((1,), False)), "i", "max_j A[i, j]"),
        (mean_over(A, (0,)), "j", "Σ_i A[i, j] / N"),
        (sum_over(A, (1,), keep=True) + A, "ij", "Σ_k A[i, k] + A[i, j]"),
        (build("inv", (S,)), "ij", "inv(S)[i, j]"),
        (build("concat", (v, v), 0), "i", "v[i] [i ≤ D] + v[i - D] [i > D]"),
        (build("slice", (v,), ((Dim.number(1), D),)), "i", "v[i + 1]"),
        (build("maximum", (v, v**2)), "i", "max(v[i], v[i]²)"),
        (build("einsum", (A, A), "ij,ij->i"), "i", "Σ_j A[i, j]²"),
    ],
)
def test_entries_read_as_on_paper(node: Node, letters: str, wanted: str) -> None:
    assert shown(entry(node, letters)) == wanted


def test_what_is_opaque_is_not_written_out() -> None:
    assert shown(entry(A @ B + 1, "ij", opaque=lambda node: node.op == "matmul")) == (
        "(A @ B)[i, j] + 1"
    )


@pytest.mark.parametrize(
    ("node", "letters", "wanted"),
    [
        (A @ B, "ij", "A[i, a] [j = b]"),
        (B + 1, "ij", "[i = a] [j = b]"),
        (B**3, "ij", "3 B[i, j]² [i = a] [j = b]"),
        (build("exp", (B,)), "ij", "exp(B[i, j]) [i = a] [j = b]"),
        (sum_over(B, (0,)), "j", "[j = b]"),
        (A, "ij", "0"),
    ],
)
def test_derivatives_by_an_entry(node: Node, letters: str, wanted: str) -> None:
    assert shown(partial(entry(node, letters), B, (a, b))) == wanted


def test_a_bracket_decides_a_sum() -> None:
    bracket = matched(Place(k), "=", Place(j))
    assert sigma(k, times((at(v, k), bracket))) == at(v, j)


def test_a_bracket_within_a_sum_of_terms_decides_it_too() -> None:
    inner = plus((matched(Place(k), "=", Place(j)), at(v, k)))
    found = sigma(k, times((at(v, k), inner)))
    assert shown(found) == "v[j] + Σ_k v[k]²"


def test_a_sum_over_an_unused_letter_counts() -> None:
    assert sigma(k, at(v, j)) == times((Length(D), at(v, j)))
    assert sigma(Index("k", Dim.number(3)), ONE) == number(3)


def test_factors_leave_a_sum_that_they_do_not_follow() -> None:
    found = sigma(k, times((at(v, j), at(v, k))))
    assert found == times((at(v, j), Sigma(k, at(v, k))))


def test_a_place_outside_the_axis_keeps_its_bracket() -> None:
    whole = Index("i", D + Dim.number(1))
    moved = matched(Place(k).moved(Dim.number(1)), "=", Place(whole))
    assert shown(sigma(k, times((at(v, k), moved)))) == "v[i - 1] [i > 1]"


def test_brackets_that_lengths_decide() -> None:
    inside = Place(k).moved(H)
    assert matched(inside, ">=", Place(None, H)) == ONE
    assert matched(inside, "<", Place(None, H)) == ZERO
    assert matched(Place(j), "=", inside.moved(D)) == ZERO
    assert isinstance(matched(Place(j), "=", Place(k)), Match)


def test_letters_of_a_sum_are_not_caught() -> None:
    inner = Sigma(k, times((at(S, j, k), at(v, k))))
    found = put(inner, "j", Place(k))
    assert isinstance(found, Sigma)
    assert found.index.letter != "k"
    assert found.body == times((at(S, k, found.index), at(v, found.index)))


def test_like_terms_and_powers_come_together() -> None:
    one = at(v, k)
    assert plus((one, one), (2, -2)) == ZERO
    assert times((one, power(one, number(-1)))) == ONE
    assert times((power(one, number(Fraction(1, 2))),) * 2) == one
