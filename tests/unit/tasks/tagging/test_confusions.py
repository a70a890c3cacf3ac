"""Mistakes in spans, judged by what spans are."""

from hypothesis import given
from tag_samples import sentences

from gradus.tasks.tagging.confusions import span_mistakes
from gradus.text.spans import spans_of


@given(gold=sentences("BIOES"), predicted=sentences("BIOES"))
def test_each_gold_span_is_right_or_a_mistake(gold, predicted):
    gold, predicted = spans_of(gold), spans_of(predicted)
    mistakes = list(span_mistakes(gold, predicted))
    right = len(set(gold) & set(predicted))
    assert sum(kind != "O" for kind, _ in mistakes) == len(gold) - right
    assert all(kind != other for kind, other in mistakes)
    assert list(span_mistakes(gold, gold)) == []
    assert sorted(span_mistakes([], predicted)) == sorted(("O", span.type) for span in predicted)
