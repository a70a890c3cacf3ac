import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.cli.console import LINE_EVERY, Bar, emphasis, print_json, print_table, shown
from gradus.core.progress import SILENT, Progress


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_pipe_gets_a_line_now_and_then(capsys):
    clock = Clock()
    bar = Bar(clock)
    bar.start("training", total=1000, unit="words")
    for step in range(1, 31):
        clock.now += 1
        bar.update(step * 10, loss=3 - step / 30)
    bar.note("saved")
    bar.finish()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "training: 10%  10 words/s  loss 2.667  1:30 left",
        "training: 20%  10 words/s  loss 2.333  1:20 left",
        "training: 30%  10 words/s  loss 2  1:10 left",
        "saved",
        "training: 300 words in 0:30 (10 words/s), loss 2",
    ]
    assert LINE_EVERY == 10


def test_a_terminal_gets_a_bar_and_the_summary_stays(monkeypatch):
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    clock = Clock()
    bar = Bar(clock)
    bar.start("training", total=4, unit="words")
    clock.now += 2
    bar.update(4, loss=1.5)
    bar.finish()
    assert "training" in screen.getvalue()
    assert "training: 4 words in 0:02 (2 words/s), loss 1.5" in screen.getvalue()


def test_a_new_stage_finishes_the_one_before(capsys):
    bar = Bar(Clock())
    bar.start("counting", total=None, unit="bytes")
    bar.start("training", total=None, unit="words")
    bar.finish()
    bar.finish()
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == [
        "counting",
        "training",
    ]


def test_updates_outside_a_stage_are_ignored(capsys):
    bar = Bar(Clock())
    bar.update(3)
    bar.finish()
    assert capsys.readouterr().err == ""


def test_quiet_is_silent_and_else_a_bar():
    with shown(quiet=True) as progress:
        assert progress is SILENT
    with shown() as progress:
        assert isinstance(progress, Bar)
        assert isinstance(progress, Progress)


def test_an_interrupt_gives_the_terminal_back(monkeypatch):
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(KeyboardInterrupt), shown() as progress:
        progress.start("training", total=10, unit="words")
        raise KeyboardInterrupt
    hidden, visible = "\x1b[?25l", "\x1b[?25h"
    assert screen.getvalue().count(hidden) == screen.getvalue().count(visible)
    assert "words in" not in screen.getvalue()


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(value=st.dictionaries(TEXT, st.none() | st.floats(allow_nan=False) | TEXT))
def test_json_is_one_line_that_reads_back(value):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", screen := io.StringIO())
        print_json(value)
    assert screen.getvalue().count("\n") == 1
    assert json.loads(screen.getvalue()) == value


def test_a_table_has_a_title_and_rounds_scores(capsys):
    print_table(["word", "score"], [["cat", 0.123456], ["a", 1.0]], title="Nearest")
    assert capsys.readouterr().out == "Nearest\nword   score\ncat   0.1235\na          1\n"


def test_a_table_without_rows_is_its_header(capsys):
    print_table(["word", "score"], [])
    assert capsys.readouterr().out == "word  score\n"


def test_bold_is_for_terminals(monkeypatch):
    assert emphasis("x") == "x"
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert emphasis("x") == "\x1b[1mx\x1b[0m"
