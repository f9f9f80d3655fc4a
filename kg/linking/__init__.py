"""Entity linking: names folded to one form, found in text, searched for; never guessed."""
