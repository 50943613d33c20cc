"""Features in plain words for people who do not know their names: a value, or either side of a border."""

from __future__ import annotations

from functools import lru_cache

from churnkit import features
from churnkit.features import Feature
from churnkit.formatting import format_value

_parse = lru_cache(1 << 12)(features.parse)  # each row names the same columns


def describe_sides(name: str, border: str) -> tuple[str, str]:
    """The words for values below a border and for values at or above it. name: a column. border: as shown."""
    feature = _parse(name)
    words = feature.family.words if feature else None
    if feature is None or words is None:
        return f"{name} below {border}", f"{name} {border} or more"
    if feature.family.is_share:
        border = f"{100 * float(border):.4g}%"
    special = {"0": words.from_zero, "1": words.from_one}.get(border)
    below, above = special or (words.below, words.above)
    return _fill_in(below, feature, b=border), _fill_in(above, feature, b=border)


def describe_value(name: str, value: float | str | None) -> str:
    """A value of a column in words: `last purchase 41 days ago`, `Contract is Two year`."""
    feature = _parse(name)
    words = feature.family.words if feature else None
    if feature is None or words is None or isinstance(value, str):
        return f"{describe_subject(name)} is {round_value(name, value)}"
    if value is None:
        return _fill_in(words.missing, feature)
    text = words.value
    if words.few and value in (0, 1):
        text = words.few[int(value)]
    if words.signs:
        text = words.signs[(value > 0) - (value < 0) + 1]
    return _fill_in(text, feature, v=round_value(name, value))


def round_value(name: str, value: float | str | None) -> str:
    """A value rounded for people: days to one decimal below ten and to whole days above; shares in percent;
    other numbers to three digits."""
    if value is None or isinstance(value, str) or abs(value) >= 1000:
        return format_value(value)
    if (feature := _parse(name)) and feature.family.is_share:
        return f"{value:.0%}"
    if name.endswith("_days"):
        return format_value(round(value, 1 if abs(value) < 10 else 0))
    return format_value(float(f"{value:.3g}"))


def describe_subject(name: str) -> str:
    """The name of a column as shown to people: `plan_type_last` → `plan type`."""
    feature = _parse(name)
    return _plain_name(feature) if feature and feature.family.pattern == "{column}_last" else name


def _fill_in(phrase: str, feature: Feature, **given: str) -> str:
    return phrase.format(of=_plain_name(feature), days=feature.days, **given)


def _plain_name(feature: Feature) -> str:
    return feature.of.replace("_", " ")
