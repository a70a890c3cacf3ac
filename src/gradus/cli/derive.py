"""``gradus derive``: gradients of a model in matrix form, with every step, checked and as code."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import emphasis, print_json, remark
from gradus.cli.lazy import examples
from gradus.core.errors import NotationError, SettingsError
from gradus.core.storage import fresh_file

if TYPE_CHECKING:
    from gradus.gradients import Gradients, Model

MODEL = "Model"
ANSWER = "What is shown"
CHECKS = "Checks"


@examples(
    'gradus derive "J = CE(softmax(x W + b), y)" --shape x=1,D --shape W=D,C --shape b=1,C '
    "--shape y=1,C:one-hot --verify",
    "gradus derive --model lstm --level answer",
    "gradus derive --model siamese --wrt W --level proof",
    "gradus derive --file model.txt --code torch",
    'gradus derive "p = softmax(z)" --shape z=C --jacobian',
    'gradus derive --model two-layer --grade "W1: x.T @ (θ - y)"',
    "gradus derive --list",
)
def derive(
    text: Annotated[
        str | None,
        typer.Argument(metavar="[MODEL]", help="Lines such as 'h = σ(x W + b); J = sum(h)'."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Read the model from FILE (- for standard input)."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Take a ready model; --list names them.")
    ] = None,
    list_all: Annotated[
        bool, typer.Option("--list", help="List the ready models and all functions.")
    ] = False,
    shape: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=N,D[:KIND]",
            help="The shape of an input, and what it is: one-hot, probability, index, constant, "
            "positive, symmetric, mask ...",
            rich_help_panel=MODEL,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What is differentiated (J, or the last line).",
            rich_help_panel=MODEL,
        ),
    ] = None,
    wrt: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="By what, with commas: inputs or lines (all that are no data).",
            rich_help_panel=MODEL,
        ),
    ] = None,
    unroll: Annotated[
        int | None,
        typer.Option(
            metavar="T",
            min=1,
            help="Write loops over time out for T steps.",
            rich_help_panel=MODEL,
        ),
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            metavar="answer|signals|proof", help="How much is told.", rich_help_panel=ANSWER
        ),
    ] = "signals",
    format: Annotated[
        str,
        typer.Option(
            metavar="text|numpy|latex|html|json",
            help="As on paper, in the notation of NumPy, or for other programs.",
            rich_help_panel=ANSWER,
        ),
    ] = "text",
    json: Annotated[
        bool, typer.Option("--json", help="The same as --format json.", rich_help_panel=ANSWER)
    ] = False,
    code: Annotated[
        str | None,
        typer.Option(
            metavar="numpy|torch|autograd",
            help="Write the forward and backward pass as code instead.",
            rich_help_panel=ANSWER,
        ),
    ] = None,
    jacobian: Annotated[
        bool,
        typer.Option("--jacobian", help="The Jacobian of the result.", rich_help_panel=ANSWER),
    ] = False,
    hessian: Annotated[
        bool, typer.Option("--hessian", help="Second derivatives.", rich_help_panel=ANSWER)
    ] = False,
    layout: Annotated[
        str,
        typer.Option(metavar="numerator|denominator", help="Of Jacobians.", rich_help_panel=ANSWER),
    ] = "numerator",
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help="Write to FILE instead."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Compare with central differences and with PyTorch at random points.",
            rich_help_panel=CHECKS,
        ),
    ] = False,
    size: Annotated[
        list[str] | None,
        typer.Option(metavar="N=SIZE", help="A length to use in checks.", rich_help_panel=CHECKS),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of the random points.", rich_help_panel=CHECKS)
    ] = 1,
    grade: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:ANSWER",
            help="Compare an answer with the gradient by NAME and name the likely mistake.",
            rich_help_panel=CHECKS,
        ),
    ] = None,
    given: Annotated[
        str,
        typer.Option(
            metavar="LINES",
            help="Lines that answers may use: 'd1 = yhat - y; d2 = ...'.",
            rich_help_panel=CHECKS,
        ),
    ] = "",
) -> None:
    """Derive the gradients of a model by hand, as a careful teacher would, and prove them.

    A model is typed as on paper: lines with a name and an expression, and the shape of every
    input. W x and x W, σ, ᵀ, ∘ and ² are understood, and so is NumPy's notation.
    """
    if list_all:
        _list_all(as_json=json or format == "json")
        return
    source = _source(text, file, model)
    read = _read(source, shape or [], output, unroll)
    for warning in read.warnings:
        remark(f"note: {warning}")
    if json and format not in ("text", "json"):
        raise SettingsError(f"--json and --format {format} are two formats; give one")
    if json:
        format = "json"
    if code and format != "text":
        raise SettingsError(f"--code gives code and no {format}; leave --format or --code away")
    if jacobian or hessian:
        _refuse_beside("--jacobian" if jacobian else "--hessian", verify, grade, code, level)
        page = _second(read, wrt, layout, format, hessian=hessian)
        _give(page, out, force=force)
        return
    found = _derive(read, wrt)
    if grade:
        _grade(found, grade, given, seed, as_json=format == "json")
        return
    if code:
        _give(_code(found, code), out, force=force)
    elif format == "text" and out is None:
        _show(found, level)
    else:
        _give(found.page(level, format), out, force=force)
    if verify:
        _verify(found, _sizes(size or []), seed, aside=bool(code) or format != "text")


def _refuse_beside(
    option: str, verify: bool, grade: list[str] | None, code: str | None, level: str
) -> None:
    """Options that say something of gradients alone."""
    beside = {"--verify": verify, "--grade": grade, "--code": code, "--level": level != "signals"}
    clash = [name for name, given in beside.items() if given]
    if clash:
        raise SettingsError(
            f"{clash[0]} is about gradients and says nothing of {option}; leave one away"
        )


def _source(text: str | None, file: Path | None, model: str | None) -> str:
    given = [one for one in (text, file, model) if one is not None]
    if len(given) != 1:
        raise SettingsError(
            "give one model: as text, with --file, or with --model NAME; --list names ready models"
        )
    if text is not None:
        return text
    if model is not None:
        from gradus.gradients.library import model_text

        return model_text(model)
    assert file is not None
    return _read_file(file)


def _read_file(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotationError(f"{file} is not UTF-8 text: {error.reason}") from None


def _read(source: str, shapes: list[str], output: str | None, unroll: int | None) -> "Model":
    from gradus.gradients.reading.models import read_model

    found: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for option in shapes:
        name, sign, rest = option.partition("=")
        size, _, kind = rest.partition(":")
        if not sign or not name.strip():
            raise SettingsError(f"--shape {option!r} should be like W=N,D or y=1,C:one-hot")
        key = name.strip()
        if key in found or key in kinds:
            raise SettingsError(f"--shape gives {key} twice; give its shape once")
        if size.strip() or not kind:
            found[key] = size
        if kind:
            kinds[key] = kind
    return read_model(source, found, kinds, output=output, unroll=unroll)


def _derive(model: "Model", wrt: str | None) -> "Gradients":
    from gradus.gradients.engine import derive as derive_gradients

    return derive_gradients(model, wrt)


def _second(model: "Model", wrt: str | None, layout: str, format: str, *, hessian: bool) -> str:
    from gradus.gradients.deriving.jacobians import hessian as derive_hessian
    from gradus.gradients.deriving.jacobians import jacobian as derive_jacobian
    from gradus.gradients.engine import jacobian_page

    if hessian:
        pages = [jacobian_page(one, format) for one in derive_hessian(model, wrt)]
        return "\n".join(pages)
    return jacobian_page(derive_jacobian(model, wrt, layout=layout), format)


def _show(found: "Gradients", level: str) -> None:
    from gradus.gradients.pages.outline import outline
    from gradus.gradients.pages.text import text_rows

    for row in text_rows(outline(found, level)):
        print(emphasis(row.text) if row.kind == "title" else row.text)


def _give(page: str, out: Path | None, *, force: bool) -> None:
    if out is None:
        print(page, end="")
        return
    with fresh_file(out, force=force) as temporary:
        temporary.write_text(page, encoding="utf-8")
    remark(f"wrote {out}")


def _code(found: "Gradients", wanted: str) -> str:
    if wanted == "autograd":
        return found.code("torch", form="autograd")
    return found.code(wanted)


def _sizes(options: list[str]) -> dict[str, int]:
    sizes = {}
    for option in options:
        name, _, size = option.partition("=")
        if not size.isdigit() or int(size) < 1:
            raise SettingsError(f"--size {option!r} should be like N=5")
        sizes[name] = int(size)
    return sizes


def _verify(found: "Gradients", sizes: dict[str, int], seed: int, *, aside: bool) -> None:
    from gradus.nn.autograd import judge

    verification = found.verify(seed=seed, sizes=sizes, judges={"PyTorch": judge})
    say = remark if aside else print
    if not aside:
        print(f"\n{emphasis('Checks')}")
    for line in str(verification).splitlines():
        say(f"  {line}")
    if not verification.passed:
        raise typer.Exit(1)


def _grade(found: "Gradients", answers: list[str], given: str, seed: int, *, as_json: bool) -> None:
    grades = []
    for option in answers:
        name, sign, answer = option.partition(":")
        if not sign or not answer.strip():
            raise SettingsError(f"--grade {option!r} should be like 'W1: x.T @ delta2'")
        grades.append(found.grade(name.strip(), answer.strip(), given=given, seed=seed))
    if as_json:
        print_json(
            [
                {"name": one.name, "answer": one.answer, "right": one.right, "mistake": one.mistake}
                for one in grades
            ]
        )
    else:
        for one in grades:
            print(one)
    if not all(one.right for one in grades):
        raise typer.Exit(1)


def _list_all(*, as_json: bool) -> None:
    from gradus.gradients.expressions.model import KINDS
    from gradus.gradients.library import model_names, model_title
    from gradus.gradients.reading.calls import CALLS, REFUSED

    functions = sorted(set(CALLS) - set(REFUSED), key=str.lower)
    if as_json:
        models: dict[str, Any] = {name: model_title(name) for name in model_names()}
        print_json({"models": models, "functions": functions, "kinds": list(KINDS)})
        return
    print(emphasis("Ready models"))
    for name in model_names():
        print(f"  {name:<22}{model_title(name)}")
    print(f"\n{emphasis('Functions')}\n  {', '.join(functions)}")
    print(f"\n{emphasis('Kinds of inputs')}\n  {', '.join(KINDS)}")
