"""What the Qt windows share: look, touch widgets, store and feed as Qt signals."""
