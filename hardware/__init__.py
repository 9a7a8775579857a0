"""Printers, call pads and sound: devices behind URLs, each with deadlines and one owner."""
