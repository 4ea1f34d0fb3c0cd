"""What only `arbiter publish` needs: export, parity, and the gate to artifacts/. No server loads it.

From top to bottom: gate, endpoint_draft, causes, labels and exact_votes, parity, translation, missing_values, export,
preparation, rows.
"""

from __future__ import annotations

from registry.publishing.gate import publish

__all__ = ["publish"]
