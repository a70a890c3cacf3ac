"""``gradus lm score``: how surprising each token of a text is, as rows or in colours."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import print_json, print_table, remark, shown
from gradus.cli.lazy import examples
from gradus.cli.lm.arguments import Model
from gradus.cli.options import Json, Quiet, option
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.tasks.lm.surprisal import ScoredText


@examples(
    "gradus lm score model chapter.txt",
    'gradus lm score model --text "the cat sat on the mat" --rank',
    "gradus lm score model chapter.txt > surprisal.tsv",
    "gradus lm score model chapter.txt --top 20",
    "gradus lm score model chapter.txt --view | less -R",
)
def score(
    model: Model,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="Text files; plain or packed; - is stdin."),
    ] = None,
    text: Annotated[str | None, option("Score this text instead.", metavar="TEXT")] = None,
    rank: Annotated[
        bool, option("Say how many tokens are likelier, and 1; slower.", "--rank")
    ] = False,
    view: Annotated[bool, option("Colours, as on a terminal, for a pipe too.", "--view")] = False,
    top: Annotated[
        int | None, option("List the N most surprising tokens.", metavar="N", min=1)
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Show what each token of a text costs MODEL: its surprisal, -log2 of its probability.

    On a terminal the text itself is shown in colours; a pipe gets a row a token: document, line,
    token, <unk> where the vocabulary lacks it, surprisal in bits, probability, and the rank with
    --rank. With --json a row is one line of JSON.
    """
    if files and text is not None:
        raise SettingsError("give files or --text, not both")
    if view and (json or top is not None):
        raise SettingsError("--view shows the whole text in colours; leave out --json and --top")
    from gradus.tasks.lm.loading import load_language_model
    from gradus.tasks.lm.surprisal import token_surprisals

    opened = load_language_model(model)
    sources = files or ["-"] if text is None else iter(text.split("\n"))
    with shown(quiet=quiet) as progress:
        scored = token_surprisals(opened, sources, ranks=rank, progress=progress)
    if json:
        _print_json(scored, top)
    elif top is not None:
        _print_top(scored, top)
    elif view or sys.stdout.isatty():
        from gradus.cli.lm.surprisal_view import print_view

        print_view(scored)
    else:
        _print_rows(scored)
    if not quiet:
        remark(str(scored.perplexity))


def _print_rows(scored: "ScoredText") -> None:
    """A row a token, under the names of the columns."""
    from gradus.cli.lm.tokens import printable
    from gradus.tasks.lm.spelling import UNKNOWN

    ranked = scored.ranks is not None
    columns = ["document", "line", "token", "unknown", "surprisal", "probability"]
    print(*columns, *(["rank"] if ranked else []), sep="\t")
    for row in scored:
        unknown = "" if row.known else UNKNOWN
        figures = [
            f"{row.surprisal:.4f}",
            f"{row.probability:.6g}",
            *([row.rank] if ranked else []),
        ]
        print(row.document, row.line, printable(row.token), unknown, *figures, sep="\t")


def _print_json(scored: "ScoredText", top: int | None) -> None:
    """A line a token; the most surprising ones with the tokens around them."""
    if top is None:
        for row in scored:
            print_json(row._asdict())
        return
    for place in scored.most_surprising(top):
        before, after = scored.around(place)
        print_json({**scored.row(place)._asdict(), "before": before, "after": after})


def _print_top(scored: "ScoredText", top: int) -> None:
    """The most surprising tokens, each between those around it."""
    from gradus.cli.lm.tokens import marked, printable
    from gradus.tasks.lm.levels import LEVELS
    from gradus.tasks.lm.surprisal import AROUND

    blank = LEVELS.make(scored.spelling.level).blank
    rows: list[list[Any]] = []
    for place in scored.most_surprising(top):
        row, around = scored.row(place), scored.around(place)
        before, after = (blank.join(map(printable, tokens)) for tokens in around)
        rank = [] if row.rank is None else [row.rank]
        context = f"{before}{blank}[{marked(row)}]{blank}{after}"
        rows.append([f"{row.surprisal:.2f}", *rank, row.document, row.line, context.strip()])
    ranks = [] if scored.ranks is None else ["rank"]
    title = f"most surprising, with {AROUND} tokens before and after"
    print_table(["bits", *ranks, "document", "line", "text"], rows, title=title)
