"""The hall's rules as pure functions: no clock, no file, no SQL, no Qt."""
