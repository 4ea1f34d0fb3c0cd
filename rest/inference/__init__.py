"""Arbiter as a server of the Open Inference Protocol v2: its clients reach the models, with the log behind them."""
