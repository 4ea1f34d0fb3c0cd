"""The composition root: settings, wiring, app and command line; the only package that knows everything."""
