"""Small cells, and those that would give them away (domain.md §6.1.6)."""

from hypothesis import given
from hypothesis import strategies as st

from feedback.indicators.suppression import (
    SMALL,
    Cell,
    hidden_cells,
    hidden_numbers,
    joined,
    told_by_sum,
)


def test_a_small_cell_is_hidden_and_a_second_with_it() -> None:
    cells = {"a": Cell(60, True), "b": Cell(9, True), "c": Cell(40, True)}
    assert hidden_cells(cells) == {"b", "c"}


def test_two_hidden_cells_with_enough_answers_need_no_third() -> None:
    cells = {"a": Cell(60, True), "b": Cell(9, False), "c": Cell(12, False)}
    assert hidden_cells(cells) == {"b", "c"}


def test_two_hidden_cells_with_few_answers_need_a_third() -> None:
    cells = {"a": Cell(60, True), "b": Cell(3, False), "c": Cell(2, False), "d": Cell(50, True)}
    assert hidden_cells(cells) == {"b", "c", "d"}


def test_without_small_cells_nothing_is_hidden() -> None:
    assert hidden_cells({"a": Cell(60, True), "b": Cell(10, True)}) == set()


def test_cells_without_any_answer_give_nothing_away() -> None:
    assert hidden_cells({"a": Cell(60, True), "b": Cell(0, False)}) == {"b"}


def test_a_cell_without_answers_is_no_company() -> None:
    cells = {"a": Cell(60, True), "b": Cell(0, False), "c": Cell(9, False), "d": Cell(50, True)}
    assert hidden_cells(cells) == {"b", "c", "d"}
    assert hidden_cells({"a": Cell(60, True), "b": Cell(0, True), "c": Cell(12, False)}) == set(
        "abc"
    )


CELLS = st.dictionaries(st.integers(), st.builds(Cell, st.integers(0, 80), st.booleans()))


@given(CELLS)
def test_hidden_numbers_are_those_of_hidden_cells_and_as_safe(cells: dict[int, Cell]) -> None:
    hidden = hidden_cells(cells)
    numbers = hidden_numbers(cells, hidden)
    assert numbers <= hidden
    assert all(cells[key].n >= SMALL for key in cells.keys() - numbers)
    if hidden != set(cells):
        assert not told_by_sum(cells, numbers)
        assert not told_by_sum(cells, hidden)


@given(CELLS)
def test_what_is_hidden_cannot_be_subtracted_back(cells: dict[int, Cell]) -> None:
    hidden = hidden_cells(cells)
    answers = sum(cells[key].n for key in hidden)
    assert all(cells[key].n >= SMALL and cells[key].is_reportable for key in cells.keys() - hidden)
    if answers and hidden != set(cells):
        assert len(hidden) > 1 and answers >= SMALL


@given(CELLS)
def test_cells_of_a_hidden_sum_leave_enough_open(cells: dict[int, Cell]) -> None:
    answers = sum(cell.n for cell in cells.values())
    left = sum(cells[key].n for key in joined(cells, hidden_cells(cells)))
    assert left >= min(SMALL, answers)
