"""Shows that a call whose answer is lost on the way is repeated, and logged once: `python lost_answer.py`."""

from __future__ import annotations

import os
import uuid

import httpx
from arbiter_client import Arbiter
from main import PERSON


class LosesTheFirstAnswer(httpx.HTTPTransport):
    """A network on which the first call arrives and its answer does not."""

    calls = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the call; lose the answer to the first one."""
        response = super().handle_request(request)
        self.calls += 1
        if self.calls == 1:
            response.read()
            raise httpx.ReadError("the connection was cut")
        return response


def main() -> None:
    """Predict over that network, and look into the history."""
    subject, network = str(uuid.uuid4()), LosesTheFirstAnswer()
    url = os.environ.get("ARBITER", "http://127.0.0.1:8000/graphql")
    with Arbiter(url, key=os.environ.get("ARBITER_KEY"), transport=network) as arbiter:
        prediction = arbiter.predict_income(PERSON, subject=subject)
        print(f"sent {network.calls} times, answered {prediction.label}")
        logged = [request.request_id for request in arbiter.history({"subject": [subject]})]
        print(
            f"logged {len(logged)} time: {'the one answered' if logged == [prediction.request_id] else logged}"
        )


if __name__ == "__main__":
    main()
