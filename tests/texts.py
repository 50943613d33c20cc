"""The letters of any text, for laws."""

from __future__ import annotations

from hypothesis import strategies as st

# the same as those that st.text() draws by itself, for which hypothesis tries all of UTF-8: two seconds in a process
ANY_CHARACTER = st.characters(exclude_categories=["Cs"])
