"""Sizes of a drawing, in pixels."""

#: Letters of words, tags and labels.
FORM, TAG, LABEL = 16, 11, 11.5

#: Between words; between the legs of arcs at one word; the radius of a bend.
GAP, PORT, BEND = 14, 9, 7

#: How far the legs at one word may stand beside it before they move closer together.
BESIDE = 9

#: What a line keeps beside its label, and the space between both.
STUMP, HALO = 5, 3

#: From a level to the next, from the words to the first, below the words, between rows.
STEP, FIRST, FOOT, BETWEEN = 20, 24, 22, 26

#: Between an arrow and its word, and around the picture.
ROOM, BORDER = 2, 8

#: Half the width and the height of an arrow.
ARROW_HALF, ARROW_HIGH = 3.4, 7.0
