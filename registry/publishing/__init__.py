"""What only `arbiter publish` needs: export, parity, and the gate to artifacts/. No server loads it.

Rooms, from top to bottom; each imports only from rooms below it:

    elsewhere/          models that other servers run, published after they were asked
    publication.py      from a fitted model to an algorithm in the store, in one call
    gate.py             the gate itself: export, measure, and write the artifact, or nothing
    draft.py            a publication while it is being written, and how it takes its place
    forms.py            the forms in which a model may be served, the fastest first
    files/              the files that a fitted model may come in
    exact_votes.py      a forest in ONNX that adds its votes in 64 bits, as scikit-learn does
    reasons/            which value of which feature is at fault where a model is refused, and what helps
    labels.py           the fitted model's own labels, and the rules by which a server gives the same
    declaring/          the endpoint.json of a publication: the one that is there, or one drafted from model and data
    parity.py           the trained model's numbers, compared with the served one's
    table_form.py       a model as scikit-learn serves it, on columns as it was fitted on them
    translation.py      what the endpoint's values are called in the data that a model was fitted on
    export.py           from a fitted model to bytes and columns
    preparation.py      how a fitted model prepares its features
    rows.py             the rows that both models are asked
"""

from __future__ import annotations

from registry.publishing.publication import Published, publish

__all__ = ["Published", "publish"]
