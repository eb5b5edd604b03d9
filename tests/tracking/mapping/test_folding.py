"""Wordings that differ in numbers and gaps alone are one; Python and PostgreSQL agree on which."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracking.phrasebook.folding import FOLD_PARAMETERS, fold, fold_sql

SIGNS = st.text(st.sampled_from("aZ19 -/:.,#\t\n\u00a0\u3000ÄßİK已到達٣%'\\()"), max_size=40)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Arrived at Hub 7, 2026-11-23 10:04", "arrived at hub #, # #"),
        ("ARRIVED  at\thub 12, 2026/1/3 9:00 ", "arrived at hub #, # #"),
        ("Container MSKU1234567 discharged.", "container # discharged."),
        ("航班CA1234起飞", "航班#起飞"),
        ("Signed", "signed"),
        ("", ""),
        ("1,234.50 EUR due", "# eur due"),
    ],
)
def test_what_is_the_parcels_own_falls_away(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_folding_twice_changes_nothing() -> None:
    assert fold(fold("Hub B4, gate 12")) == fold("Hub B4, gate 12")


@pytest.mark.django_db
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(SIGNS)
def test_the_database_folds_as_python_does(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {fold_sql('%(text)s')}", FOLD_PARAMETERS | {"text": text})
        assert cursor.fetchone()[0] == fold(text)
