"""Tokenization: raw text to sentences, tokens and words, by rules or as a treebank has them.

A text is cut into pieces, which no token divides; a network says after which of them a token ends,
and after which a sentence. White space is kept in MISC, so that the text can be had again.
"""
