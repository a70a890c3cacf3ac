import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.runlog import LOG, RunLog

FACTS = st.dictionaries(
    st.sampled_from(["loss", "words", "note"]),
    st.integers() | st.floats(allow_nan=False) | st.text(st.characters(exclude_categories=["Cs"])),
)


@given(events=st.lists(FACTS, max_size=5))
def test_events_come_back_in_order(tmp_path_factory, events):
    log = RunLog(tmp_path_factory.mktemp("log"))
    for facts in events:
        log.write("step", **facts)
    assert log.read() == [{"event": "step", **facts} for facts in events]


def test_a_log_that_never_began_is_empty(tmp_path):
    assert RunLog(tmp_path).read() == []


@given(kept=st.integers(0, 37))
def test_a_run_killed_anywhere_in_a_line_can_be_gone_on_with(tmp_path_factory, kept):
    log = RunLog(tmp_path_factory.mktemp("log"))
    log.write("first", note="Zürich")
    cut = json.dumps({"event": "second", "note": "Zürich"}, ensure_ascii=False).encode()[:kept]
    log.path.write_bytes(log.path.read_bytes() + cut)
    assert [event["event"] for event in log.read()] == ["first"]
    log.write("third")
    assert [event["event"] for event in log.read()] == ["first", "third"]


def test_each_event_is_one_line_of_readable_json(tmp_path):
    log = RunLog(tmp_path)
    log.write("begin", words=3)
    log.write("end", note="á\u2028b")
    lines = (tmp_path / LOG).read_text(encoding="utf-8").split("\n")
    assert lines == ['{"event": "begin", "words": 3}', '{"event": "end", "note": "á\u2028b"}', ""]


def test_a_loss_that_diverged_is_kept(tmp_path):
    log = RunLog(tmp_path)
    log.write("step", loss=math.nan)
    assert log.read()[0]["loss"] == pytest.approx(math.nan, nan_ok=True)
