"""Small counts, and those that would give them away (domain.md §6.1.6)."""

from hypothesis import given
from hypothesis import strategies as st

from portal.common.suppression import LEAST, hidden_counts, hidden_table


def test_a_small_count_is_hidden_and_the_smallest_shown_one_with_it() -> None:
    assert hidden_counts({"a": 30, "b": 4, "c": 9, "d": 0}) == {"b", "c"}


def test_two_small_counts_that_are_enough_together_need_no_third() -> None:
    assert hidden_counts({"a": 30, "b": 4, "c": 3}) == {"b", "c"}
    assert hidden_counts({"a": 30, "b": 1, "c": 2}) == {"a", "b", "c"}


def test_none_at_all_is_shown_and_hides_nothing() -> None:
    assert hidden_counts({"a": 30, "b": 0, "c": 4}) == {"a", "c"}
    assert hidden_counts({"a": 30, "b": 0}) == set()


def test_what_is_hidden_in_a_row_is_not_found_down_its_column() -> None:
    table = {
        "east": {"leak": 8, "noise": 3, "heat": 9},
        "west": {"leak": 20, "noise": 20, "heat": 20},
        "north": {"leak": 15, "noise": 11, "heat": 20},
    }
    rows, columns, cells = hidden_table(table)
    assert (rows, columns) == (set(), set())
    assert {("east", "noise"), ("east", "leak")} <= cells
    for column in ("noise", "leak"):
        assert len([row for row, name in cells if name == column]) > 1


TABLES = st.dictionaries(
    st.integers(0, 6), st.dictionaries(st.sampled_from("abcd"), st.integers(0, 30)), max_size=6
)


@given(TABLES)
def test_no_line_of_a_table_leaves_a_hidden_cell_alone(table: dict[int, dict[str, int]]) -> None:
    rows, columns, cells = hidden_table(table)
    for key, row in table.items():
        for column, count in row.items():
            assert not 0 < count < LEAST or (key, column) in cells
    lines = [([(key, c) for c in row], key in rows) for key, row in table.items()]
    names = {c for row in table.values() for c in row}
    lines += [([(key, c) for key in table], c in columns) for c in names]
    for line, no_sum in lines:
        there = [table[key].get(c, 0) for key, c in line if table[key].get(c, 0)]
        hidden = [table[key].get(c, 0) for key, c in line if (key, c) in cells]
        if hidden and not no_sum and len(hidden) < len(there):
            assert len(hidden) > 1 and sum(hidden) >= LEAST
