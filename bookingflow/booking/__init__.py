"""One booking, from its POST to its verdict."""
