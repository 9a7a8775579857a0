"""Simulated devices, shipped for demos and doctors; they say that they are simulations."""
