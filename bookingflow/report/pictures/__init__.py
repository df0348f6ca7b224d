"""The report's pictures: SVG files that stand alone, and what they are drawn with."""
