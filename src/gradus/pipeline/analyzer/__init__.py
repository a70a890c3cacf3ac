"""One network for tags and trees: what tells words of their neighbours is learnt from both."""
