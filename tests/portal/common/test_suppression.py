"""Small counts, and those that would give them away (domain.md §6.1.6)."""

from portal.common.suppression import hidden_counts


def test_a_small_count_is_hidden_and_the_smallest_shown_one_with_it() -> None:
    assert hidden_counts({"a": 30, "b": 4, "c": 9, "d": 0}) == {"b", "c"}


def test_two_small_counts_that_are_enough_together_need_no_third() -> None:
    assert hidden_counts({"a": 30, "b": 4, "c": 3}) == {"b", "c"}
    assert hidden_counts({"a": 30, "b": 1, "c": 2}) == {"a", "b", "c"}


def test_none_at_all_is_shown_and_hides_nothing() -> None:
    assert hidden_counts({"a": 30, "b": 0, "c": 4}) == {"a", "c"}
    assert hidden_counts({"a": 30, "b": 0}) == set()
