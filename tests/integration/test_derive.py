"""``gradus derive`` from the command line: pages, checks, code, grades, and bad input."""

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from gradus.gradients.checking import check
from gradus.gradients.library import model_names, model_text

NET = (
    "J = CE(softmax(sigmoid(x @ W1 + b1) @ W2 + b2), y)",
    "--shape=x=1,Dx",
    "--shape=W1=Dx,H",
    "--shape=b1=1,H",
    "--shape=W2=H,C",
    "--shape=b2=1,C",
    "--shape=y=1,C:one-hot",
)


def test_the_two_layer_network_is_derived_as_in_the_textbook(run_cli):
    done = run_cli("derive", *NET)
    assert done.code == 0
    for line in (
        "δ₁ = ∂J/∂z₂ = ŷ - y",
        "δ₂ = ∂J/∂z₁ = (δ₁ W₂ᵀ) ∘ h₁ ∘ (1 - h₁)",
        "∂J/∂W₁ = xᵀ δ₂",
        "∂J/∂b₁ = δ₂",
        "∂J/∂W₂ = h₁ᵀ δ₁",
        "∂J/∂x = δ₂ W₁ᵀ",
        "softmax and cross-entropy together",
        "[Dx, H] = [Dx, 1] @ [1, H]; dimension balancing: only xᵀ δ₂ has the shape [Dx, H]",
    ):
        assert line in done.stdout


def test_levels_tell_more_and_more(run_cli):
    pages = [run_cli("derive", *NET, "--level", level).stdout for level in LEVELS]
    lengths = [len(page.splitlines()) for page in pages]
    assert lengths == sorted(lengths)
    assert "∂J/∂W₁ = xᵀ δ₂" in pages[0]
    assert "Backward pass" not in pages[0]
    assert "Σ_i δ₂[1, i]" in pages[2]


LEVELS = ("answer", "signals", "proof")


def test_verification_asks_differences_and_torch(run_cli):
    done = run_cli("derive", *NET, "--verify", "--size", "H=7")
    assert done.code == 0
    assert "H = 7" in done.stdout
    assert done.stdout.count("agrees with central differences") == 5
    assert done.stdout.count("agrees with PyTorch") == 5


def test_json_holds_formulas_that_can_be_read_back(run_cli):
    done = run_cli("derive", *NET, "--json", "--wrt", "W1,b1")
    found = json.loads(done.stdout)
    assert found["gradients"]["W1"] == {"expression": "x.T @ delta1", "shape": ["Dx", "H"]}
    assert list(found["gradients"]) == ["W1", "b1"]


@pytest.mark.parametrize("name", model_names())
def test_every_ready_model_is_shown_in_every_format(run_cli, tmp_path, name):
    for form in ("text", "numpy", "latex", "html", "json"):
        out = tmp_path / f"{name}.{form}"
        done = run_cli("derive", "--model", name, "--format", form, "-o", out)
        assert done.code == 0, done.stderr
        page = out.read_text(encoding="utf-8")
        assert "scan_" not in page
        if form == "html":
            body = page.partition("\n")[2].replace('<meta charset="utf-8">', "")
            ElementTree.fromstring(re.sub(r"<meta [^>]*>", "", body))
            assert "http" not in page
        if form == "latex":
            assert page.count("{") == page.count("}")
            assert page.count(r"\begin{") == page.count(r"\end{")


def test_code_runs_and_is_right(run_cli, tmp_path):
    out = tmp_path / "net.py"
    assert run_cli("derive", "--model", "two-layer-batch", "--code", "numpy", "-o", out).code == 0
    scope = {}
    exec(compile(out.read_text(), str(out), "exec"), scope)
    rng = np.random.default_rng(1)
    inputs = {
        "X": rng.normal(size=(6, 4)),
        "W1": rng.normal(size=(4, 5)),
        "b1": rng.normal(size=5),
        "W2": rng.normal(size=(5, 3)),
        "b2": rng.normal(size=3),
        "Y": np.eye(3)[rng.integers(3, size=6)],
    }
    check(scope["loss_and_gradients"], inputs, wrt=["X", "W1", "b1", "W2", "b2"]).raise_if_wrong()


def test_answers_are_graded(run_cli):
    right = run_cli("derive", "--model", "two-layer", "--grade", "W2: h1ᵀ (ŷ - y)")
    assert (right.code, right.stdout.strip()) == (0, "∂J/∂W2 = h1ᵀ (ŷ - y): right")
    wrong = run_cli(
        "derive", "--model", "two-layer", "--grade", "W2: d.T @ h1", "--given", "d = ŷ - y"
    )
    assert wrong.code == 1
    assert "it is the transpose of the gradient" in wrong.stdout
    as_json = run_cli("derive", "--model", "two-layer", "--grade", "b2: y - ŷ", "--json")
    assert json.loads(as_json.stdout)[0]["mistake"].startswith("its sign is wrong")


def test_jacobians_and_hessians_are_shown(run_cli):
    shown = run_cli("derive", "p = softmax(z)", "--shape", "z=C", "--jacobian").stdout
    assert "∂p/∂z = diag(p) - p pᵀ" in shown
    shown = run_cli("derive", "J = x A x", "--shape", "x=D", "--shape", "A=D,D", "--hessian",
                    "--wrt", "x").stdout  # fmt: skip
    assert "∂²J/∂x∂x = " in shown


def test_a_model_may_come_from_a_file_or_standard_input(run_cli, tmp_path):
    path = tmp_path / "model.txt"
    path.write_text(model_text("siamese"), encoding="utf-8")
    from_file = run_cli("derive", "--file", path).stdout
    assert "∂J/∂W = λ W + δ₁ x₂ᵀ + δ₂ x₁ᵀ" in from_file
    assert run_cli("derive", "--file", "-", stdin=model_text("siamese")).stdout == from_file


def test_loops_are_shown_as_recursions_or_written_out(run_cli):
    loop = run_cli("derive", "--model", "rnn-lm").stdout
    for line in (
        "for t = 1, ..., T:",
        "Back through time: t = T, ..., 1",
        "γ[t] = Uᵀ δ₁[t] + next_h[t]",
        "∂J/∂Wh = Σ_t δ₂[t] h[t-1]ᵀ",
    ):
        assert line in loop
    written_out = run_cli("derive", "--model", "rnn", "--unroll", "2", "--wrt", "Wh").stdout
    assert "h₂ = σ(z₂)" in written_out


def test_everything_there_is_can_be_listed(run_cli):
    shown = run_cli("derive", "--list").stdout
    for name in (*model_names(), "softmax", "logsumexp", "spd"):
        assert name in shown
    listed = json.loads(run_cli("derive", "--list", "--json").stdout)
    assert set(listed["models"]) == set(model_names())


def test_notes_are_told(run_cli):
    done = run_cli("derive", "J = sum(x²)", "--shape", "x=D", "--shape", "y=D", "--wrt", "y")
    assert done.code == 0
    assert "J does not depend on y: the gradient is 0 of shape [D]" in done.stdout
    done = run_cli("derive", "J = sum(W * x)", "--shape", "W=H,D", "--shape", "x=D")
    assert "write W @ x" in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "give one model"),
        (("J = sum(x)", "--model", "rnn"), 2, "give one model"),
        (("J = sum(x)",), 1, "unknown name 'x'"),
        (("J = sum(x)", "--shape", "x"), 2, "W=N,D"),
        (("J = sum(x)", "--shape", "x=N:sideways"), 1, "unknown kind"),
        (("J = sum(x)", "--shape", "x=0"), 1, "a number from 1"),
        (("z = x", "--shape", "x=D"), 1, "--jacobian"),
        (("J = sum(x)", "--shape", "x=D", "--wrt", "q"), 1, "there is no 'q'"),
        (("J = sum(x)", "--shape", "x=D", "--level", "deep"), 2, "answer, signals, proof"),
        (("J = sum(x)", "--shape", "x=D", "--format", "pdf"), 2, "text, numpy, latex, html, json"),
        (("J = sum(x)", "--shape", "x=D", "--code", "fortran"), 2, "fortran"),
        (("J = sum(x)", "--shape", "x=D", "--unroll", "2"), 1, "no loop"),
        (("J = sum(x)", "--shape", "x=D", "--grade", "x"), 2, "should be like"),
        (("J = sum(x)", "--shape", "x=D", "--grade", "x: y"), 1, "unknown name 'y'"),
        (("J = sum(x)", "--shape", "x=D", "--verify", "--size", "N=3"), 2, "no length N"),
        (("J = sum(x)", "--shape", "x=D", "--verify", "--size", "D=x"), 2, "N=5"),
        (("J = argmax(x)", "--shape", "x=D"), 1, "piecewise constant"),
        (("--model", "lsmt"), 1, "did you mean lstm"),
        (("--file", "nowhere.txt"), 1, "nowhere.txt"),
        (("p = softmax(z)", "--shape", "z=C", "--jacobian", "--layout", "up"), 1, "numerator"),
    ],
    ids=str,
)
def test_bad_input_gets_one_message_and_no_traceback(run_cli, words, code, message):
    done = run_cli("derive", *words)
    assert done.code == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "defect of Gradus" not in done.stderr


def test_a_file_is_not_replaced_unless_forced(run_cli, tmp_path):
    out = tmp_path / "page.html"
    out.write_text("mine")
    done = run_cli("derive", "--model", "glove", "--format", "html", "-o", out)
    assert done.code == 1
    assert out.read_text() == "mine"
    assert run_cli("derive", "--model", "glove", "-o", out, "--force").code == 0
    assert out.read_text() != "mine"


def test_a_file_that_is_no_text_is_refused(run_cli, tmp_path):
    path = tmp_path / "model.txt"
    path.write_bytes(b"\xff\xfe\x00J")
    done = run_cli("derive", "--file", path)
    assert done.code == 1
    assert "not UTF-8" in done.stderr
