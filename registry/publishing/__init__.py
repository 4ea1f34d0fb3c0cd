"""What only `arbiter publish` needs: export, parity, and the gate to artifacts/. No server loads it.

From top to bottom: gate, drafting, labels and exact_votes, causes, parity, wording, missing, exporting, preparation,
rows.
"""

from __future__ import annotations

from registry.publishing.gate import publish

__all__ = ["publish"]
