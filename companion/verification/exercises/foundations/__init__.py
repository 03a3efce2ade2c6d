"""The exercises of the chapters in book/foundations."""
