"""Scripts for environments of their own, not for pytest: see __main__.py."""

collect_ignore_glob = ["*.py"]
