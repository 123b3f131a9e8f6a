"""Chinese text cut into words, for the index and for what somebody types.

The index holds the words of a text, then every character of it in order. A query is looked up by
its words; characters that make no word are looked up as a run that must stand side by side. So
「水管」 does not find 「下水管理」, and 「3号楼」 does not find 「13号楼」.
"""

import logging
import re
import threading
from functools import cache
from itertools import groupby
from pathlib import Path

import jieba
from django.conf import settings
from jieba.posseg import POSTokenizer

#: Joins the characters of a run. Both databases cut a term at it and read the rest as a phrase.
RUN = ","

#: Words of the trade that the dictionary lacks, cut as one word in texts and queries alike.
TRADE_WORDS = """
老旧小区 一区一策 雨污分流 二次供水 加装电梯 外墙保温 停水 停电 停气 停热 供暖 供热 暖气
业委会 物业费 维修资金 飞线 飞线充电 充电桩 单元门 网格员 社区工作者 中标候选人 民意调查
意见征集 摸底排查 夜间施工 竣工验收 结算 决算 公示 公告 开工 停工 化粪池 污水井 窨井盖 楼道灯
"""

_TOKEN = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]", re.IGNORECASE)


def index_text(text: str) -> str:
    """What the index keeps of `text`: its words, then its characters in order."""
    tokens = _tokens(text)
    words = [
        word for word in _tokenizer().cut_for_search(_plain(text), HMM=False) if _is_word(word)
    ]
    return " ".join([*words, *tokens])


def query_text(text: str) -> str:
    """The terms to look for, divided by spaces; empty where `text` has nothing to look for."""
    terms: list[str] = []
    for chunk in _plain(text).split():
        words = _tokenizer().cut(chunk, HMM=False)
        for is_word, group in groupby(words, key=_is_word):
            parts = list(group)
            if is_word:
                terms += [half for part in parts for half in _halves(part)]
            else:
                terms.append(RUN.join(parts))
    return " ".join(terms)


def words_in(text: str) -> list[list[str]]:
    """The words of each stretch of letters in `text`, as the dictionary cuts it."""
    return [list(_tokenizer().cut(chunk, HMM=False)) for chunk in _plain(text).split()]


def phrase_text(text: str) -> str:
    """`text` as a phrase of single characters, which finds it letter by letter."""
    return " ".join(_tokens(text))


def tagged_words(text: str) -> list[tuple[str, str]]:
    """The words of `text` in order, with jieba's part of speech ("nr" is a person's name).

    Together they are `text` again. Names are in no dictionary, so here the model guesses (HMM on).
    """
    return [(pair.word, pair.flag) for pair in _tagger().cut(text)]


def word_tag(word: str) -> str:
    """The part of speech that the dictionary gives `word`; empty for a word it lacks."""
    return str(_tagger().word_tag_tab.get(word, ""))


def warm() -> None:
    """Load the dictionary in the background, so that nobody's first search waits for it."""
    threading.Thread(target=_tokenizer, name="jieba-dictionary", daemon=True).start()


def _tokens(text: str) -> list[str]:
    """Every Chinese character by itself, every run of Latin letters or digits as one."""
    return _TOKEN.findall(text.lower())


def _plain(text: str) -> str:
    """`text` in small letters, with a space for everything that is neither letter nor digit."""
    return re.sub(r"[\W_]+", " ", text.lower())


def _halves(word: str) -> list[str]:
    """「停水通知」 asks for 停水 and 通知, wherever they stand; 「一区一策」 stays whole."""
    halves = [word[:2], word[2:]]
    known = _tokenizer().FREQ
    return halves if len(word) == 4 and all(known.get(half) for half in halves) else [word]


def _is_word(part: str) -> bool:
    """Words have two characters or more; numbers stay with what they count."""
    return len(part) > 1 and not part.isdigit() and not part.isspace()


@cache
def _tokenizer() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    folder = Path(settings.VAR_DIR) / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(folder)
    tokenizer.cache_file = "jieba.cache"
    tokenizer.initialize()
    for word in TRADE_WORDS.split():
        tokenizer.add_word(word)
    return tokenizer


@cache
def _tagger() -> POSTokenizer:
    return POSTokenizer(_tokenizer())
