"""``gradus lm generate``: a model writes on, in sight."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated

from gradus.cli.console import print_json, remark
from gradus.cli.lazy import examples
from gradus.cli.lm.arguments import Model
from gradus.cli.options import Json, option
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.tasks.lm.generation import OnToken
    from gradus.tasks.lm.spelling import Spelling

#: What stands between two samples.
RULE = "─" * 40

#: Unknown tokens of a prompt that are named with near spellings.
NAMED = 5


@examples(
    'gradus lm generate model --prompt "In the beginning"',
    "gradus lm generate model --lines 3 --temperature 0.8 --top-p 0.95 --seed 7",
    'gradus lm generate model --prompt "The king" -n 5 --tokens 20 --json',
    "gradus lm generate model --prompt-file chapter.txt --greedy --repetition-penalty 1.2",
    'gradus lm generate letters --prompt "ROMEO:" --stop "JULIET:" --tokens 2000',
)
def generate(
    model: Model,
    prompt: Annotated[
        str | None, option("Go on after this text; without it a document begins.", metavar="TEXT")
    ] = None,
    prompt_file: Annotated[
        str | None,
        option("Go on in the last line of a file; plain or packed; - is stdin.", metavar="FILE"),
    ] = None,
    n: Annotated[int, option("Samples (1).", "-n", metavar="N", min=1)] = 1,
    tokens: Annotated[int | None, option("Stop after N tokens (200).", metavar="N")] = None,
    lines: Annotated[int | None, option("Stop after N line ends.", metavar="N")] = None,
    temperature: Annotated[
        float | None, option("Below 1: likely tokens become likelier (1).", metavar="T")
    ] = None,
    greedy: Annotated[bool, option("Always take the likeliest token.", "--greedy")] = False,
    top_k: Annotated[
        int | None, option("Draw from the K likeliest tokens.", "--top-k", metavar="K")
    ] = None,
    top_p: Annotated[
        float | None,
        option("Draw from the likeliest tokens with P of all probability.", metavar="P"),
    ] = None,
    repetition_penalty: Annotated[
        float | None,
        option("Multiply the log-probability of tokens that were there by R (1).", metavar="R"),
    ] = None,
    stop: Annotated[
        list[str] | None,
        option("Stop where the text ends with S, which is left out; may be repeated.", metavar="S"),
    ] = None,
    unknown: Annotated[bool, option("Let <unk> be written too.", "--unknown")] = False,
    seed: Annotated[int | None, option("Seed of the draws (1).", metavar="SEED")] = None,
    json: Json = False,
) -> None:
    """Let MODEL write on after a prompt, token by token.

    One sample is shown while it is made; several are made side by side, each the same whatever N
    is. Tokens are drawn from the probabilities of the model, or of what --repetition-penalty,
    --temperature, --top-k and --top-p leave of them, in this order. A line end that closes a
    prompt FILE is not read.
    """
    if prompt is not None and prompt_file is not None:
        raise SettingsError("--prompt and --prompt-file both say what to go on after; give one")
    from gradus.core.config import from_dict
    from gradus.tasks.lm.generation import generate, joint
    from gradus.tasks.lm.generation_settings import GenerationConfig
    from gradus.tasks.lm.loading import load_language_model

    given = {
        **{"max_tokens": tokens, "lines": lines, "temperature": temperature, "greedy": greedy},
        **{"top_k": top_k, "top_p": top_p, "repetition_penalty": repetition_penalty},
        **{"stop": stop and tuple(stop), "unknown": unknown, "seed": seed},
    }
    config = from_dict(GenerationConfig, {k: v for k, v in given.items() if v is not None})
    before = _read(prompt_file) if prompt_file is not None else prompt or ""
    opened = load_language_model(model)
    _tell_unknown(opened.spelling, before)
    with _one_thread():
        if n == 1 and not json:
            with _spoken(opened.spelling, before) as say:
                generate(opened, before, config=config, on_token=say)
            return
        found = generate(opened, before, n, config=config)
    for number, sample in enumerate(found):
        if json:
            print_json({"sample": number, **sample.to_dict()})
            continue
        if number:
            print(RULE)
        text = before + joint(opened.spelling, before, sample.text) + sample.text
        print(text, end="" if text.endswith("\n") else "\n")


def _one_thread() -> AbstractContextManager[None]:
    """One thread for networks: a token is too little work for several to wait for each other."""
    if "torch" not in sys.modules:
        return nullcontext()  # counts of n-grams do not need it, and it takes long to load
    from gradus.training.threads import chosen_threads

    return chosen_threads(1)


@contextmanager
def _spoken(spelling: "Spelling", prompt: str) -> Iterator["OnToken"]:
    """Print a prompt, then what follows as it comes; however it ends, the last line is closed."""
    from gradus.tasks.lm.generation import joint

    pieces = [prompt]

    def say(_: int, piece: str) -> None:
        gap = joint(spelling, prompt, piece) if len(pieces) == 1 else ""
        pieces.append(piece)
        print(gap + piece, end="", flush=True)

    print(prompt, end="", flush=True)
    try:
        yield say
    finally:
        if not pieces[-1].endswith("\n"):
            print(flush=True)


def _read(file: str) -> str:
    """The text of a file without the line end that closes it."""
    from gradus.tasks.lm.lines import read_lines

    return "\n".join(line for line in read_lines(file) if line is not None)


def _tell_unknown(spelling: "Spelling", prompt: str) -> None:
    """Say which tokens of a prompt the model does not know, with near spellings."""
    from gradus.tasks.lm.generation import unknown_tokens
    from gradus.tasks.lm.spelling import UNKNOWN

    found = unknown_tokens(spelling, prompt)
    for token in found[:NAMED]:
        remark(f"{spelling.vocabulary.explain_unknown(token)}; {UNKNOWN} is read in its place")
    if len(found) > NAMED:
        remark(f"{len(found) - NAMED} more tokens of the prompt are unknown")
