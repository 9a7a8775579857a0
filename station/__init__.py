"""What every process on a machine needs, without Qt: settings, texts, logs, watchdog."""
