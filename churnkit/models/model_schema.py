"""The fields of a model file as types, for decoding files and for the JSON Schema.

Histograms and facts are TypedDicts, because the rest of the package uses them as plain dictionaries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, Union

import msgspec

from churnkit.errors import quote
from churnkit.evaluation.metrics import METRICS
from churnkit.models import MODELS, kind_of
from churnkit.models.calibration import CalibratedFile
from churnkit.models.columns import (
    CATEGORY,
    NUMBER,
    CategoryHistogram,
    Count,
    NumberHistogram,
    check_histogram,
)

VERSION = 3  # the newest that is read; a file has the first one that can hold its parameters
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _NamedFeature(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    name: str
    categories: tuple[str, ...] = ()
    importance: Annotated[float, msgspec.Meta(ge=0, lt=1e9)] | None = None
    direction: str | None = None


class NumberFeature(_NamedFeature, frozen=True, kw_only=True, tag=NUMBER):
    """A number feature; see Column."""

    fill: float | None = None
    histogram: NumberHistogram | None = None

    def __post_init__(self) -> None:
        if self.histogram is not None:
            _check_bins("histogram", self.histogram, None)


class CategoryFeature(_NamedFeature, frozen=True, kw_only=True, tag=CATEGORY):
    """A category feature; see Column."""

    fill: str | None = None
    histogram: CategoryHistogram | None = None

    def __post_init__(self) -> None:
        if self.histogram is not None:
            _check_bins("histogram", self.histogram, len(self.categories))


def _check_bins(name: str, plain: Mapping[str, Any], categories: int | None) -> None:
    try:
        check_histogram(plain, categories)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An artificial row with the model's scores, to check a model when it is read."""

    row: dict[str, float | str | None]
    log_odds: float
    churn_probability: Annotated[float, msgspec.Meta(ge=0, le=1)]


class LabelFile(TypedDict, total=False):
    """The meaning of the target. definition: null if the target's name does not define the label."""

    name: str
    horizon_days: int | None
    lead_days: int | None
    definition: str | None


class _CountedCustomers(TypedDict):
    customers: Count


class TrainedOn(_CountedCustomers, total=False):
    """The training rows. dates: observation dates. weight: a column name. sha256: of the bytes read."""

    rows: Count
    effective_customers: Annotated[float, msgspec.Meta(gt=0)]
    churned: Count
    dates: list[str]
    weight: str | None
    sha256: str


class ColumnBaseline(TypedDict, total=False):
    """A single column as a score. difference: the model's AUC minus its AUC, with a 95 % interval."""

    column: str
    auc: float | None
    difference: float | None
    low: float | None
    high: float | None


class TooGoodColumns(TypedDict):
    """The fewest columns that are enough for a test result that is too good to be true. auc: theirs alone."""

    columns: list[str]
    auc: float


class Baselines(TypedDict, total=False):
    """Baselines to compare the metrics with."""

    best_column: ColumnBaseline
    recency: ColumnBaseline | None
    base_rate_log_loss: float | None


class _DateOfCustomers(TypedDict):
    as_of: str
    expected: float
    observed: float
    chance_sd: Annotated[float, msgspec.Meta(ge=0)]


class JudgedDate(_DateOfCustomers, total=False):
    """What `backtest` expected at a date and what happened, in customers and in money; see `date_records`."""

    expected_loss: float
    observed_loss: float
    chance_sd_loss: Annotated[float, msgspec.Meta(ge=0)]


if TYPE_CHECKING:
    TestMetrics = dict[str, Any]
else:
    _FIGURES = {f"{name}{end}": float | None for name in METRICS for end in ("", "_low", "_high")}
    _OTHERS = {
        "ece_chance": float | None,
        "ece_corrected": float | None,
        "tested": str,
        "baselines": Baselines,
        "scores": NumberHistogram,
        "too_good": TooGoodColumns | None,
    }
    TestMetrics = TypedDict("TestMetrics", {**_FIGURES, **_OTHERS}, total=False)


class ModelFile(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A model file. Other fields are ignored; the type of `parameters` depends on the kind."""

    churnkit: Annotated[int, msgspec.Meta(ge=1, le=VERSION)]
    features: Annotated[tuple[NumberFeature | CategoryFeature, ...], msgspec.Meta(min_length=1)]
    target: str
    label: LabelFile
    id: str | None
    null: tuple[str, ...] = ()
    trained_on: TrainedOn
    verify: Annotated[tuple[Example, ...], msgspec.Meta(min_length=1)]
    metrics: TestMetrics
    settings: dict[str, Any]
    notes: dict[str, Any]
    versions: dict[str, Any]
    created_at: str
    backtest: list[JudgedDate] | None = None
    parameters: CalibratedFile

    def __post_init__(self) -> None:
        names = Counter(feature.name for feature in self.features)
        name, times = names.most_common(1)[0]
        if times > 1:
            raise ValueError(f"features: the name {quote(name)} occurs twice")
        if "scores" in self.metrics:
            _check_bins("metrics.scores", self.metrics["scores"], None)


@cache
def file_type(kind: str) -> Any:
    """The ModelFile of a kind. Imports this kind alone, for each takes a while."""
    fields = [("parameters", kind_of(kind).FILE)]
    return msgspec.defstruct(f"{kind.capitalize()}ModelFile", fields, bases=(ModelFile,), tag=kind)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of model files of all kinds."""
    schema = msgspec.json.schema(Union[tuple(map(file_type, MODELS))])  # noqa: UP007
    return {"$schema": DIALECT, "title": "churnkit model", **schema}
