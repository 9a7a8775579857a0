"""The officer's console: sign in, call, serve, finish, by mouse, key or call pad."""
