"""Results question by question, as the reader gets them."""

from decimal import Decimal
from typing import Any

from feedback.surveys.questionnaire import SCALES, Definition, Group, Option, Question, Text, Type
from feedback.surveys.tables import PlaceAnswers, QuestionResult, difference, question_results

LIKERT = tuple(Option(code, Text(zh, en)) for code, zh, en in SCALES["SATISFACTION"])
TWO = (Option("a", Text("甲")), Option("b", Text("乙")))
QUESTIONS = (
    Question("L", Type.LIKERT, Text("满意吗"), options=LIKERT),
    Question("N", Type.NUMBER, Text("几人"), unit=Text("人")),
    Question("R", Type.RANK, Text("哪个先"), options=TWO),
    Question("T", Type.TEXT, Text("别的")),
)
DEFINITION = Definition("L", QUESTIONS, (Group(0, Text(), Text(), ("L", "N", "R", "T")),))


def place(number: int, population: int = 220, **counts: dict[str, int]) -> PlaceAnswers:
    return PlaceAnswers(number, population, counts)


def likert(*numbers: int) -> dict[str, int]:
    """From 5 down to 1, and 0."""
    return {"#": sum(numbers), **dict(zip("543210", numbers, strict=False))}


def shown(answers: list[PlaceAnswers], chosen: int | None = None, key: str = "L") -> QuestionResult:
    results = question_results(DEFINITION, answers, chosen, "zh-hans")
    return next(result for result in results if result.key == key)


def test_the_vector_of_one_community() -> None:
    scale = shown([place(1, L=likert(20, 28, 8, 3, 1))]).scale
    assert scale is not None
    assert (scale.valid, scale.best) == (60, Decimal("80.0"))
    assert (scale.low, scale.high) == (Decimal("70.1"), Decimal("87.2"))
    assert scale.index is None  # 3, 2 and 1 are hidden, and the mean would help to find them


def test_communities_are_weighted_by_their_households() -> None:
    # 300·48/60 and 600·42/60 of 900 households; unweighted it would be 75.0.
    scale = shown([place(1, 300, L=likert(48, 0, 12)), place(3, 600, L=likert(42, 0, 18))]).scale
    assert scale is not None
    assert (scale.best, scale.index) == (Decimal("73.3"), Decimal("90.0"))


def test_what_does_not_apply_is_out_of_the_share() -> None:
    scale = shown([place(1, L=likert(20, 20, 10, 0, 0, 7))]).scale
    assert scale is not None
    assert (scale.valid, scale.best) == (50, Decimal("80.0"))


def test_a_mean_needs_ten_answers() -> None:
    few, many = {"#": 9, "#sum": 18}, {"#": 12, "#sum": 30, "#millionths": 6_000_000}
    assert shown([place(1, N=few)], key="N").mean is None
    found = shown([place(1, N=many)], key="N")
    assert (found.mean, found.unit, found.answered) == (Decimal("3.00"), "人", 12)
    both = [place(1, N=few), place(2, N=many)]
    assert [shown(both, n, "N").mean for n in (1, 2, None)] == [None, None, Decimal("2.57")]


def test_a_ranking_says_what_came_first() -> None:
    counts: dict[str, Any] = {"#": 20, "a": 20, "b": 12, "1:a": 14, "1:b": 6}
    cells = shown([place(1, R=counts)], key="R").cells
    assert [(cell.label, cell.count, cell.first) for cell in cells] == [
        ("甲", 20, 14),
        ("乙", 12, 6),
    ]


def test_of_texts_only_how_many_is_told() -> None:
    found = shown([place(1, T={"#": 15})], key="T")
    assert (found.answered, found.cells) == (15, [])


def test_two_ways_of_entering_differ_by_more_than_chance() -> None:
    # Newcombe (1998), method 10, example (a): 56/70 against 48/80.
    found = difference((56, 70), (48, 80))
    assert (found.points, found.low, found.high) == (
        Decimal("20.0"),
        Decimal("5.2"),
        Decimal("33.4"),
    )
    assert found.is_striking
    assert not difference((30, 40), (29, 40)).is_striking
