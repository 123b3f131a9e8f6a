"""The tables of a bundle: their columns with type and meaning, as a data package describes them."""

from typing import Any

#: Table → column → (type, what it says).
TABLES: dict[str, dict[str, tuple[str, str]]] = {
    "places": {
        "code": ("string", "地点或项目的代码 / code of the place or project"),
        "kind": ("string", "place | project"),
        "name": ("string", "名称 / name"),
        "level": ("string", "层级 / level of the place"),
        "parent": ("string", "上级地点的代码 / code of the nearest place above in this bundle"),
    },
    "measurements": {
        "id": ("integer", "编号 / number of the figure in this bundle"),
        "indicator": ("string", "指标 / indicator, see definitions.json"),
        "variant": ("string", "口径 / reading of the indicator; main is scored"),
        "scope": ("string", "地点或项目的代码 / code of the place or project"),
        "wave": ("string", "调查 / survey, for what is measured by waves"),
        "period_start": ("date", "期间起 / first day"),
        "period_end": ("date", "期间止 / last day"),
        "formula_version": ("string", "公式版本 / version of the definition"),
        "revision": ("integer", "修订次数 / 0 for the first final figure"),
        "status": ("string", "状态 / OK, PROVISIONAL, INSUFFICIENT, NOT_APPLICABLE, DATA_ERROR"),
        "reason": ("string", "状态原因 / why it is not OK"),
        "numerator": ("number", "分子 / numerator"),
        "denominator": ("number", "分母 / denominator"),
        "value": ("number", "数值 / value, in the unit"),
        "unit": ("string", "单位 / unit"),
        "low": ("number", "95% 区间下限 / lower bound of the 95 % interval"),
        "high": ("number", "95% 区间上限 / upper bound of the 95 % interval"),
        "n": ("integer", "样本 / answers or cases"),
        "population": ("integer", "总体 / out of"),
        "target": ("number", "目标值 / target in force"),
        "attainment": ("number", "完成率 / how much of the target is reached, percent"),
        "freeze_date": ("date", "定稿日 / final from this day on"),
        "computed_on": ("date", "计算日 / day on which it was computed"),
        "inputs_hash": (
            "string",
            "输入的 SHA-256 / SHA-256 of the inputs; empty where not all told",
        ),
        "precision": ("string", "小数位 / decimals: 6, or 2 where it is told as published"),
        "hidden": ("string", "不公布 / 1 where too few people stand behind it"),
    },
    "inputs": {
        "id": ("integer", "measurements.id"),
        "inputs": ("object", "输入 / what the figure was made of"),
    },
    "rollups": {
        "parent": ("integer", "measurements.id 合计 / of the sum"),
        "child": ("integer", "measurements.id 组成 / of a part of it"),
    },
    "remainders": {
        "parent": ("integer", "measurements.id 合计 / of the sum"),
        "parts": ("integer", "未列部分的个数 / how many parts are not listed"),
        "sums": ("object", "未列部分之和 / what they add up to"),
    },
    "tallies": {
        "survey": ("string", "调查 / survey"),
        "community": ("string", "小区代码 / code of the community"),
        "population": ("integer", "户数 / households"),
        "occupied": ("integer", "入住户数 / occupied households"),
        "issued": ("integer", "发放 / invitations"),
        "returned": ("integer", "回收 / households that took part"),
        "valid": ("integer", "有效 / valid answers"),
        "counts": ("object", "各选项计数 / answers to the headline question"),
    },
    "scores": {
        "card": ("integer", "cards.id"),
        "indicator": ("string", "指标 / indicator"),
        "measurement": (
            "integer",
            "measurements.id; 按月累计者为末月 / of sums over months the last",
        ),
        "value": ("number", "数值 / value"),
        "target": ("number", "目标值 / target"),
        "status": ("string", "状态 / status"),
        "numerator": ("number", "全年分子 / numerator of the year, where months are added up"),
        "denominator": ("number", "全年分母 / denominator of the year"),
        "n": ("integer", "全年样本 / answers or cases of the year"),
        "population": ("integer", "全年总体 / out of"),
        "band": ("number", "定性档次 / judgement in percent of the points"),
        "deduction": ("number", "扣分 / points deducted by the evaluator"),
        "own_weight": ("number", "权重（分摊前）/ weight before spreading"),
        "weight": ("number", "权重（分摊后）/ weight after spreading"),
        "points": ("number", "得分 / points; empty where it does not apply"),
    },
    "cards": {
        "id": ("integer", "编号 / number"),
        "scope": ("string", "地点或项目的代码 / code of the place or project"),
        "year": ("string", "年度 / year"),
        "scheme": ("string", "评分方案 / scheme, see schemes.json"),
        "scheme_version": ("string", "方案版本 / version"),
        "as_of": ("date", "截至 / day of scoring"),
        "total": ("number", "总分 / total"),
        "grade": ("string", "等级 / grade"),
        "withheld": ("string", "不公布 / 1 where it would tell a hidden cell"),
    },
    "surveys": {
        "slug": ("string", "调查 / survey"),
        "title": ("string", "名称 / title"),
        "opens_on": ("date", "开始 / opened"),
        "closes_on": ("date", "结束 / closed"),
        "merkle_root": ("string", "默克尔根 / Merkle root of the answers; empty until sealed"),
        "leaf_count": ("integer", "答卷数 / answers in the sealed list"),
    },
}
LEAF_COLUMNS = {
    "receipt_hash": ("string", "回执的 SHA-256 / SHA-256 of the receipt"),
    "answers": ("string", "答卷的承诺值 / salted SHA-256 of the answers"),
}
KEYS = {"places": "code", "measurements": "id", "inputs": "id", "cards": "id", "surveys": "slug"}
REFERENCES = {
    "inputs": (("id", "measurements", "id"),),
    "rollups": (("parent", "measurements", "id"), ("child", "measurements", "id")),
    "remainders": (("parent", "measurements", "id"),),
    "scores": (("card", "cards", "id"),),
}


def schema(name: str) -> dict[str, Any]:
    """The Table Schema of `name`; of anything else that of a list of leaves."""
    columns = TABLES.get(name, LEAF_COLUMNS)
    fields = [
        {"name": key, "type": kind, "description": text} for key, (kind, text) in columns.items()
    ]
    found: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if name in KEYS:
        found["primaryKey"] = KEYS[name]
    if name in REFERENCES:
        found["foreignKeys"] = [
            {"fields": own, "reference": {"resource": table, "fields": theirs}}
            for own, table, theirs in REFERENCES[name]
        ]
    return found
