"""What compiled loops of every floor are made of."""
