"""The command line. One module per command; only the module of the command that runs is imported."""
