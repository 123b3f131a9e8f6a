"""Personal data in free text, found for an editor to confirm: phones, cards, plates, rooms, names.

Pure: a text in, findings out. It is a net and not a judge: what it finds an editor looks at, and an
editor may add what it missed (docs/public-board.md says how much that is).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from portal.common.search.words import tagged_words, word_tag


class Kind(TextChoices):
    """What a finding is. Where two overlap, the one that stands first here is kept."""

    ID_CARD = "ID_CARD", pgettext_lazy("personal data", "Identity card")
    BANK_CARD = "BANK_CARD", pgettext_lazy("personal data", "Bank card")
    PHONE = "PHONE", pgettext_lazy("personal data", "Phone number")
    EMAIL = "EMAIL", pgettext_lazy("personal data", "E-mail address")
    MESSENGER = "MESSENGER", pgettext_lazy("personal data", "WeChat or QQ account")
    PLATE = "PLATE", pgettext_lazy("personal data", "Licence plate")
    ROOM = "ROOM", pgettext_lazy("personal data", "Room number")
    NAME = "NAME", pgettext_lazy("personal data", "Name")


#: By which somebody is reached or known, wherever they live and whatever their name.
NUMBERS = (Kind.ID_CARD, Kind.BANK_CARD, Kind.PHONE, Kind.EMAIL, Kind.MESSENGER)

#: What stands in the published text instead. Content, so Chinese in every language.
MASKS: dict[str, str] = {
    Kind.ID_CARD: "〔证件号〕",
    Kind.BANK_CARD: "〔卡号〕",
    Kind.PHONE: "〔电话〕",
    Kind.EMAIL: "〔邮箱〕",
    Kind.MESSENGER: "〔账号〕",
    Kind.PLATE: "〔车牌〕",
    Kind.ROOM: "〔门牌〕",
    Kind.NAME: "〔姓名〕",
}


@dataclass(frozen=True, order=True)
class Finding:
    """`text[start:end]` of what was screened."""

    start: int
    end: int
    kind: Kind
    text: str


def personal_data(text: str, kinds: Iterable[Kind] = Kind) -> list[Finding]:
    """What in `text` may point to a person, in order, without overlaps. `kinds`: in their order."""
    plain = _plain(text)
    taken: list[Finding] = []
    for kind in kinds:
        for start, end in _FINDERS[kind](plain):
            if start < end and not any(f.start < end and start < f.end for f in taken):
                taken.append(Finding(start, end, kind, text[start:end]))
    return sorted(taken)


def masked(text: str, findings: Iterable[Finding]) -> str:
    """`text` with every finding replaced by what it is. Findings must not overlap."""
    parts, at = [], 0
    for finding in sorted(findings):
        parts += [text[at : finding.start], MASKS[finding.kind]]
        at = finding.end
    return "".join([*parts, text[at:]])


def _plain(text: str) -> str:
    """The same length, full-width letters and digits as half-width ones."""
    return "".join(n if len(n := unicodedata.normalize("NFKC", c)) == 1 else c for c in text)


Spans = Iterator[tuple[int, int]]

# --- numbers ---

#: What people put between the digits of a number.
_SEP = r"[ \-.·—_]?"
_MOBILE = re.compile(rf"(?<!\d)(?:\+?86{_SEP})?1{_SEP}[3-9](?:{_SEP}\d){{9}}(?!\d)")
#: A mobile number in words, as people write it to get past a filter.
_SPOKEN = re.compile(r"[一幺1][三四五六七八九3-9][零〇一二三四五六七八九幺两0-9]{9}")
_LANDLINE = re.compile(rf"(?<!\d)(?:\(0\d{{2,3}}\)|0\d{{2,3}}){_SEP}\d{{3,4}}{_SEP}\d{{4}}(?!\d)")
_LOCAL = re.compile(
    rf"(?:电话|座机|固话|手机|号码|致电|拨打|联系方式)[^\d，。；,;]{{0,4}}"
    rf"([2-9]\d{{2,3}}{_SEP}\d{{4}})(?!\d)"
)
_ID = re.compile(r"(?<![\dA-Za-z])\d{6}(?:18|19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?![\dA-Za-z])")
_ID_CUE = re.compile(r"身份证号?码?[^\d]{0,4}(\d{17}[\dXx]|\d{15})(?!\d)")
_CARD = re.compile(r"(?<!\d)[3-69]\d{3}(?:[ -]?\d){11,15}(?!\d)")
_CARD_CUE = re.compile(r"(?:银行卡|储蓄卡|卡号|账户|帐号)[^\d]{0,5}(\d(?:[ -]?\d){14,18})(?!\d)")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_card_is_valid(number: str) -> bool:
    """18 digits (the last may be X) whose date exists and whose check digit is right (GB 11643)."""
    try:
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return False
    total = sum(int(d) * w for d, w in zip(number[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def card_is_valid(number: str) -> bool:
    """16–19 digits that pass Luhn's check."""
    digits = [int(d) for d in reversed(number) if d.isdigit()]
    doubled = [sum(divmod(2 * d, 10)) for d in digits[1::2]]
    return 16 <= len(digits) <= 19 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _id_cards(text: str) -> Spans:
    yield from (m.span() for m in _ID.finditer(text) if id_card_is_valid(m[0]))
    # Said to be one: a digit that was mistyped makes it no less somebody's.
    yield from (m.span(1) for m in _ID_CUE.finditer(text))


def _bank_cards(text: str) -> Spans:
    yield from (m.span() for m in _CARD.finditer(text) if card_is_valid(m[0]))
    yield from (m.span(1) for m in _CARD_CUE.finditer(text))


def _phones(text: str) -> Spans:
    for pattern in (_MOBILE, _SPOKEN, _LANDLINE):
        yield from (m.span() for m in pattern.finditer(text))
    yield from (m.span(1) for m in _LOCAL.finditer(text))


# --- accounts and plates ---

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MESSENGER = re.compile(
    r"(?:微信|薇信|威信|weixin|wechat|(?<![A-Za-z])[wv]x|V信)(?:号码|账号|号)?[是为: ]{0,3}"
    r"([A-Za-z][A-Za-z0-9_-]{5,19})|(?<![A-Za-z])QQ(?:号码|号)?[是为: ]{0,3}([1-9]\d{4,10})",
    re.IGNORECASE,
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_ALNUM = "A-HJ-NP-Z0-9"
#: Five places, the last may be a character; six for new energy, with a letter first or last.
_PLATE = re.compile(
    rf"[{_PROVINCES}][A-HJ-NP-Z][ ·•.\-]?"
    rf"(?:[A-HJK][{_ALNUM}]\d{{4}}|\d{{5}}[A-HJK]|[{_ALNUM}]{{4}}[{_ALNUM}挂学警港澳])(?![A-Z0-9])",
    re.IGNORECASE,
)


def _emails(text: str) -> Spans:
    yield from (m.span() for m in _EMAIL.finditer(text))


def _messengers(text: str) -> Spans:
    yield from (m.span(m.lastindex or 0) for m in _MESSENGER.finditer(text))


def _plates(text: str) -> Spans:
    yield from (m.span() for m in _PLATE.finditer(text) if re.search(r"\d", m[0]))


# --- rooms ---

_CN = "一二两三四五六七八九十"
_NUM = rf"(?:\d{{1,3}}|[{_CN}]{{1,3}})"
_BLOCK = rf"{_NUM}(?:号楼|栋|幢|座|号院|#楼?)"
_UNIT = rf"{_NUM}(?:个?单元|门)"
_ROOM = r"(?:[1-9]\d{2,3}|[一二三四五六七八九]?[一二三四五六七八九][零〇][一二三四五六七八九])"
_SIDE = r"(?:东|西|中|南|北|左|右)(?:边|手)?(?:户|门|手)"
_FLOOR = rf"{_NUM}(?:楼|层)"
#: A number that counts or measures something is no room.
_NOT_UNITS = r"(?!\d|[年月日元块天个次户平米度分秒台辆棵岁级条路页万千百.:%℃]|多[户人]|余户)"
_ROOMS = (
    # 3号楼2单元501, 2单元5楼东户, 三单元五零二
    re.compile(
        rf"(?:{_BLOCK}[ ,-]?)?{_UNIT}[ ,-]?"
        rf"(?:{_FLOOR}[ ,-]?{_SIDE}|{_ROOM}(?:室|号|房|住?户(?!居民))?{_NOT_UNITS})"
    ),
    # 3号楼501, 3号楼6层西户
    re.compile(rf"{_BLOCK}[ ,-]?(?:{_FLOOR}[ ,-]?{_SIDE}|{_ROOM}(?:室|号|房)?{_NOT_UNITS})"),
    # 501室
    re.compile(rf"(?<![\d第]){_ROOM}(?:室|号房|号住户)"),
    # 5-2-301, 5-301; a year at the end makes it a date
    re.compile(
        r"(?<![\d-])\d{1,2}(?:-\d{1,2})?-(?!(?:19|20)\d\d(?!\d))[1-9]\d{2,3}(?:室|号|户)?"
        + _NOT_UNITS.replace("户", "").replace(r"(?!\d", r"(?![\d-]")
    ),
)
_ROOM_CUE = re.compile(
    rf"(?:楼上|楼下|对门|隔壁|家住|住在|我家在?|我住|业主|住户|租户)(?:是|的)?({_ROOM}){_NOT_UNITS}"
)


def _rooms(text: str) -> Spans:
    for pattern in _ROOMS:
        yield from (m.span() for m in pattern.finditer(text))
    yield from (m.span(1) for m in _ROOM_CUE.finditer(text))


# --- names ---

_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|端木|夏侯"
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋"
    "蔡贾丁魏薛叶阎闫余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万"
    "段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳"
    "邢骆岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍霍"
    "翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫嵇苟"
)
_TITLES = (
    "先生|女士|小姐|师傅|阿姨|大爷|大妈|大娘|大叔|大伯|大姐|大哥|叔叔|奶奶|爷爷|老师|经理|主任|"
    "书记|队长|工长|班长|医生|大夫|同志|老板|老太太|老太|老人|嫂子|婶"
)
_SURNAME = rf"(?:{_COMPOUND}|[{_SURNAMES}])"
_HAN = r"[\u4e00-\u9fff]"
_TITLED = re.compile(rf"({_SURNAME}{_HAN}{{0,2}})(?:{_TITLES})")
_NICKNAME = re.compile(
    rf"(?<!{_HAN}[大很太])[老小阿]([{_SURNAMES}])(?=[家们说和跟也又的,，。、;；]|$)"
)
#: Things and ways, not people.
_NO_NICKNAMES = re.compile("小[时路方石江车米康白池]|老[古车路]")
_CUED = re.compile(
    r"(?:我叫|名叫|叫做|本人|姓名[:是]?|联系人[:是]?|户主[:是]?|业主:|投诉人[:是]?|签名:?)\s*"
    rf"({_SURNAME}{_HAN}{{1,2}}?)(?=[^\u4e00-\u9fff]|$|[住家是的和与电手联在])"
)


def _names(text: str) -> Spans:
    yield from (m.span(1) for m in _CUED.finditer(text))
    for match in _TITLED.finditer(text):
        start = match.start()
        if _may_be_name(match[1]):
            yield start, match.end()
        elif len(match[1]) > 1:
            # 「于是王师傅」: the name may begin later.
            later = _TITLED.search(text, start + 1, match.end())
            if later and _may_be_name(later[1]):
                yield later.span()
    yield from (m.span() for m in _NICKNAME.finditer(text) if not _NO_NICKNAMES.match(m[0]))
    yield from _guessed(text)


def _may_be_name(word: str) -> bool:
    """No word of the dictionary that means something else: 「施工师傅」 is nobody's name."""
    tag = word_tag(word)
    return len(word) == 1 or not tag or tag.startswith("nr") or bool(re.fullmatch(_SURNAME, word))


#: What the model takes for names in talk about houses.
_NO_NAMES = re.compile("单元楼|施工图|阳光|文明|张贴|白白|高峰期|石阶|石灰|康乐")


def _guessed(text: str) -> Spans:
    """Whole names that stand alone, as far as jieba's model knows them by their characters."""
    at, surname = 0, ""
    for word, tag in tagged_words(text):
        # 「马」「志强」: the model sometimes cuts between the two.
        start = at - len(surname) if tag.startswith("nr") and len(word) <= 2 else at
        name = text[start : at + len(word)]
        is_name = tag.startswith("nr") and 2 <= len(name) <= 4
        if is_name and re.match(_SURNAME, name) and not _NO_NAMES.fullmatch(name):
            yield start, at + len(word)
        at += len(word)
        surname = word if re.fullmatch(_SURNAME, word) else ""


_FINDERS: dict[Kind, Callable[[str], Spans]] = {
    Kind.ID_CARD: _id_cards,
    Kind.BANK_CARD: _bank_cards,
    Kind.PHONE: _phones,
    Kind.EMAIL: _emails,
    Kind.MESSENGER: _messengers,
    Kind.PLATE: _plates,
    Kind.ROOM: _rooms,
    Kind.NAME: _names,
}
