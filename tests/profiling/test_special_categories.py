"""Names of columns that speak of special categories are told, and names that only sound like it are not."""

from __future__ import annotations

import pytest

from churnkit.profiling.special_categories import WORDS, special_category

SPECIAL = {
    "health": (
        "diagnosis", "BloodType", "MENTAL_HEALTH", "icd10_code", "isPregnant", "Krankheit", "Gesundheitszustand",
        "schwerbehindert", "état_de_santé", "maladie", "enfermedad_cronica", "alergias", "patient_id",
    ),
    "religion": ("Religion", "church_tax", "Konfession", "religionszugehörigkeit", "catholique", "creencia"),
    "politics": ("political_party", "partyAffiliation", "Parteimitglied", "opinion politique", "afiliación_política"),
    "sexual life": ("sexual_orientation", "sexuelle Orientierung", "orientation_sexuelle", "orientación sexual"),
    "trade union": ("union_member", "Gewerkschaft", "syndicat", "sindicato", "trade-union"),
    "ethnic origin": ("race", "Ethnicity", "ethnische_herkunft", "origine ethnique", "etnia"),
    "biometric or genetic": ("biometric_template", "Fingerabdruck", "empreinte_digitale", "huella dactilar", "DNA"),
}  # fmt: skip
OTHERS = (
    "cancel", "cancel_reason", "canceled_at", "health_score", "health", "customer_health", "treatment", "treated",
    "party_size", "third_party", "party_id", "race_time", "race_id", "trace", "western_union", "credit_union", "union",
    "fingerprint", "device_fingerprint", "sha_fingerprint", "orientation", "image_orientation", "sex", "gender",
    "origin", "traffic_origin", "country", "nationality", "language", "condition", "disabled", "is_disabled", "status",
    "votes", "vote_count", "denomination", "christian", "plan", "policy", "politique_de_confidentialite",
    "politica_privacidad", "herkunft", "racecar", "sanitary", "birthday", "face_value", "iris", "interface_id",
    "surface_id", "blood", "churchill", "religare", "sickle", "unions_count_x", "medicare_advantage_plan", "customer_id",
    "contract", "churn", "paperless_billing", "payment_method", "tenure", "senior_citizen", "amount", "event", "",
)  # fmt: skip


@pytest.mark.parametrize(("category", "name"), [(c, name) for c, names in SPECIAL.items() for name in names])
def test_a_special_category_is_told_by_the_name(category: str, name: str) -> None:
    assert special_category(name) == category


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_are_no_special_category(name: str) -> None:
    assert special_category(name) is None


def test_each_category_is_among_the_examples() -> None:
    assert SPECIAL.keys() == WORDS.keys()
