"""Rows that the tests of this folder send."""

from __future__ import annotations

from typing import Any

INCOME: dict[str, Any] = {
    "age": 32,
    "workclass": "Private",
    "fnlwgt": 87643,
    "education": "Bachelors",
    "education-num": 13,
    "marital-status": "Married-civ-spouse",
    "occupation": "Sales",
    "relationship": "Husband",
    "race": "White",
    "sex": "Male",
    "capital-gain": 0,
    "capital-loss": 0,
    "hours-per-week": 40,
    "native-country": "United-States",
}
POOR: dict[str, Any] = {
    "age": 19,
    "workclass": "Private",
    "fnlwgt": 207352,
    "education": "11th",
    "education-num": 7,
    "marital-status": "Never-married",
    "occupation": "Handlers-cleaners",
    "relationship": "Own-child",
    "race": "White",
    "sex": "Female",
    "capital-gain": 0,
    "capital-loss": 0,
    "hours-per-week": 20,
    "native-country": "United-States",
}
PREMIUM: dict[str, Any] = {
    "Age": 45,
    "Diabetes": 0,
    "BloodPressureProblems": 0,
    "AnyTransplants": 0,
    "AnyChronicDiseases": 0,
    "Height": 155,
    "Weight": 57,
    "KnownAllergies": 0,
    "HistoryOfCancerInFamily": 0,
    "NumberOfMajorSurgeries": 0,
}
