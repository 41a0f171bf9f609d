"""The machine as it is: interfaces, TAPs, holders, namespaces, capability sets. Looks; never judges."""
