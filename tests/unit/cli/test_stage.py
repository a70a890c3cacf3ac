from hypothesis import given
from hypothesis import strategies as st

from gradus.cli.stage import BLOCKS, Stage, sparkline
from gradus.core.progress import SILENT


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=200), st.integers(2, 60))
def test_a_sparkline_fits_and_ends_where_the_values_end(values, width):
    line = sparkline(values, width)
    assert len(line) == min(len(values), width)
    assert set(line) <= set(BLOCKS)
    assert sparkline([*values[:-1], max(values) + 1], width)[-1] == BLOCKS[-1]


def test_a_sparkline_of_nothing_is_empty_and_of_equals_is_flat():
    assert sparkline([]) == ""
    assert sparkline([2.0, 2.0]) == "▁▁"


def test_a_silent_stage_prints_nothing(tmp_path, capsys):
    for speaks in (True, False):
        stage = Stage(tmp_path, 1, SILENT, speaks=speaks)
        stage.title("Title")
        stage.say("one", "two")
        assert capsys.readouterr().out == ("\nTitle\none\ntwo\n" if speaks else "")
