"""The parts of the console: its stream and signs, the notice before a run, the live line, the end."""
