"""How a network reads words: by their forms, affixes, characters and vectors of a table."""
