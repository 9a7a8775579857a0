"""The command line `anjungan`: for operators and scripts."""
