"""Columns whose names speak of health, religion, politics and the like: special categories of personal data.

By names alone, in English, German, French and Spanish; whole words, because "cancel" is not "cancer". Words
that mean something else in most tables (treatment, party, race time, union, fingerprint, health score) stand
only in phrases that are sure. Source: General Data Protection Regulation, article 9.
"""

from __future__ import annotations

import re
import unicodedata

# category → words and phrases, without accents, ä as a or ae; after an = they must be the whole name
WORDS: dict[str, tuple[str, ...]] = {
    category: tuple(phrase.strip() for phrase in phrases.replace("\n", ",").split(",") if phrase.strip())
    for category, phrases in {
        "health": """
            diagnosis, diagnoses, disease, diseases, illness, illnesses, disability, disabilities,
            medication, medications, medical, patient, patients, hiv, aids status, cancer, diabetes,
            diabetic, allergy, allergies, pregnancy, pregnant, blood type, blood group, blood pressure,
            bmi, symptom, symptoms, mental health, health condition, health conditions, health issue,
            health issues, health problem, health problems, health history, health record, health data,
            icd, sick leave, sick days, psychiatric, chronic condition, vaccinated, vaccination,
            diagnose, diagnosen, krankheit, krankheiten, erkrankung, erkrankungen, vorerkrankung,
            vorerkrankungen, behinderung, schwerbehinderung, schwerbehindert, gesundheit,
            gesundheitszustand, gesundheitsdaten, schwanger, schwangerschaft, blutgruppe, blutdruck,
            medikament, medikamente, allergie, allergien, pflegegrad, krankheitstage, arbeitsunfahig,
            arbeitsunfaehig, impfstatus,
            maladie, maladies, sante, etat de sante, grossesse, groupe sanguin, medicaments, invalidite,
            handicape, vih,
            enfermedad, enfermedades, diagnostico medico, salud, discapacidad, minusvalia, embarazo,
            embarazada, grupo sanguineo, medicamento, medicamentos, alergia, alergias""",
        "religion": """
            religion, religions, religious, religious belief, faith, church, church tax, mosque,
            synagogue, baptism, baptized, baptised, muslim, catholic, protestant, jewish, buddhist,
            hindu,
            konfession, religionszugehorigkeit, religionszugehoerigkeit, kirche, kirchensteuer,
            kirchenmitglied, katholisch, evangelisch, muslimisch, judisch, juedisch,
            religieux, religieuse, confession religieuse, eglise, culte, catholique, musulman, juif,
            religioso, religiosa, iglesia, creencia, creencias, catolico, judio""",
        "politics": """
            political, politics, political party, political opinion, political view, party affiliation,
            party membership, party member, party preference, voter, voting intention, vote intention,
            voted for, democrat, republican, ideology,
            politisch, politik, politische meinung, partei, parteimitglied, parteizugehorigkeit,
            parteizugehoerigkeit, parteimitgliedschaft, wahlabsicht,
            opinion politique, opinions politiques, parti politique, appartenance politique, intention
            de vote, ideologie,
            opinion politica, opiniones politicas, partido politico, afiliacion politica, ideologia,
            intencion de voto""",
        "sexual life": """
            sexual, sexuality, sexual orientation, sex life, gay, lesbian, bisexual, homosexual, lgbt,
            lgbtq, transgender,
            sexualitat, sexualitaet, sexuelle orientierung, sexuelle, homosexuell, sexualleben,
            sexualite, orientation sexuelle, homosexuel, vie sexuelle,
            sexualidad, orientacion sexual, vida sexual""",
        "trade union": """
            trade union, labor union, labour union, union member, union membership, union status,
            unionized, unionised,
            gewerkschaft, gewerkschaftsmitglied, gewerkschaftszugehorigkeit, gewerkschaftszugehoerigkeit,
            syndicat, syndique, affiliation syndicale, appartenance syndicale,
            sindicato, sindical, afiliacion sindical""",
        "ethnic origin": """
            ethnic, ethnicity, ethnicities, ethnic origin, racial, =race, =caste, skin color, skin
            colour,
            ethnie, ethnisch, ethnische, ethnische herkunft, hautfarbe,
            ethnique, origine ethnique, couleur de peau,
            =raza, etnia, etnico, origen etnico, color de piel""",
        "biometric or genetic": """
            biometric, biometrics, biometry, fingerprint template, fingerprint scan, fingerprint image,
            faceprint, face embedding, face template, face id, voiceprint, voice print, iris scan,
            retina scan, palm print, genetic, genetics, genome, genotype, dna,
            biometrie, biometrisch, biometrische, fingerabdruck, gesichtserkennung, genetisch,
            genetische, erbgut,
            biometrique, biometriques, empreinte digitale, empreintes digitales, genetique, adn,
            biometrico, biometria, huella dactilar, genetico, genetica""",
    }.items()
}  # fmt: skip
_CATEGORY = {phrase: category for category, phrases in WORDS.items() for phrase in phrases}
_LONGEST = max(phrase.count(" ") + 1 for phrase in _CATEGORY)


def special_category(name: str) -> str | None:
    """The special category that a column's name speaks of, a key of WORDS; None for other columns."""
    words = _words(name)
    whole = _CATEGORY.get("=" + " ".join(words))
    phrases = (
        " ".join(words[first : first + length])
        for length in range(_LONGEST, 0, -1)
        for first in range(len(words) - length + 1)
    )
    return whole or next((_CATEGORY[phrase] for phrase in phrases if phrase in _CATEGORY), None)


def _words(name: str) -> list[str]:
    """The words of a name, in small letters and without accents: BloodType, blood_type, blood type."""
    bare = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", letters)]
