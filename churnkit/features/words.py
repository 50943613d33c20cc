"""A feature's value, and either side of a border, in words for someone who does not know the names."""

from __future__ import annotations

from churnkit import features
from churnkit.features import Feature
from churnkit.formatting import format_value


def describe_sides(name: str, border: str) -> tuple[str, str]:
    """What is true below a border of a number, and from it on. name: a column. border: as it is shown."""
    feature = features.parse(name)
    words = feature.family.words if feature else None
    if feature is None or words is None:
        return f"{name} below {border}", f"{name} {border} or more"
    below, above = (words.from_one if border == "1" else None) or (words.below, words.above)
    return _filled(below, feature, b=border), _filled(above, feature, b=border)


def describe_value(name: str, known: float | str | None) -> str:
    """What a value of a column says: `last purchase 41 days ago`, `Contract is Two year`."""
    feature = features.parse(name)
    words = feature.family.words if feature else None
    if feature is None or words is None or isinstance(known, str):
        return f"{describe_subject(name)} is {round_value(name, known)}"
    if known is None:
        return _filled(words.missing, feature)
    text = words.few[int(known)] if words.few and known in (0, 1) else words.value
    return _filled(text, feature, v=round_value(name, known))


def round_value(name: str, known: float | str | None) -> str:
    """A value as it is said to people: days to one decimal below ten, whole above; shares in percent; other
    numbers to three digits."""
    if known is None or isinstance(known, str) or abs(known) >= 1000:
        return format_value(known)
    if (feature := features.parse(name)) and feature.family.is_share:
        return f"{known:.0%}"
    if name.endswith("_days"):
        return format_value(round(known, 1 if abs(known) < 10 else 0))
    return format_value(float(f"{known:.3g}"))


def describe_subject(name: str) -> str:
    """What a column of words is called."""
    feature = features.parse(name)
    return _plain(feature) if feature and feature.family.pattern == "{column}_last" else name


def _filled(text: str, feature: Feature, **given: str) -> str:
    return text.format(of=_plain(feature), days=feature.days, **given)


def _plain(feature: Feature) -> str:
    return feature.of.replace("_", " ")
