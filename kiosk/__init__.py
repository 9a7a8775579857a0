"""The citizen's touchscreen: find a service, learn what to bring, take a number."""
