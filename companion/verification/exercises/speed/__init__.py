"""The exercises of the chapters in book/speed."""
