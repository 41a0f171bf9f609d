"""The doctor: collect evidence, judge it by rules, report the cause and the command that mends it."""
