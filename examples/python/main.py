"""Predicts, repeats, tells the truth and reads the history: `python main.py`."""

from __future__ import annotations

import os
import uuid

from arbiter_client import Arbiter, ArbiterError
from features import IncomeClassifierFeatures

PERSON: IncomeClassifierFeatures = {
    "age": 25,
    "workclass": "PRIVATE",
    "fnlwgt": 34146,
    "education": "MASTERS",
    "educationNum": 14,
    "maritalStatus": "MARRIED_CIV_SPOUSE",
    "occupation": "EXEC_MANAGERIAL",
    "relationship": "HUSBAND",
    "race": "WHITE",
    "sex": "MALE",
    "capitalGain": 0,
    "capitalLoss": 0,
    "hoursPerWeek": 50,
    "nativeCountry": "UNITED_STATES",
}


def main() -> None:
    """Call the server that ARBITER names."""
    subject, key = str(uuid.uuid4()), str(uuid.uuid4())
    url = os.environ.get("ARBITER", "http://127.0.0.1:8000/graphql")
    with Arbiter(url, key=os.environ.get("ARBITER_KEY")) as arbiter:
        first = arbiter.predict_income(PERSON, subject=subject, idempotency_key=key)
        print(f"predicted {first.label} with probability {first.probability:.4f}")
        again = arbiter.predict_income(PERSON, subject=subject, idempotency_key=key)
        print(f"sent again: {'the same request' if again == first else 'another request'}")
        print(f"the truth is >50K: correct is {arbiter.give_feedback(first.request_id, '>50K')}")
        try:
            arbiter.predict_income({**PERSON, "hoursPerWeek": 999}, subject=subject)
        except ArbiterError as error:
            print(f"refused: {error.code} at {'.'.join(error.path)}")
        arbiter.predict_income({**PERSON, "age": None}, subject=subject)
        for request in arbiter.history({"subject": [subject]}, page=2):
            print(f"in the history: {request.label or 'no answer'}, truth {request.feedback or 'open'}")


if __name__ == "__main__":
    main()
