"""Pure comparisons of what is stored or answered with what was promised: facts in, breaches out."""
