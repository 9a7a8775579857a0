"""The hall board: shows the calls, the recent ones, and who waits."""
