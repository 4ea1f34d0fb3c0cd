"""What clients are promised: the reference, breaking changes and deprecations. No server loads it."""
