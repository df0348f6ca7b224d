"""Addresses of platforms and databases, and the way there: hosts, proxies, certificates, the guard of production."""
