"""Decimal numbers of a block of lines, read by compiled code: a twin of NumPy's parser."""

import numpy as np

from gradus.core.jit import compiled

#: Powers of ten that a float64 holds exactly.
POWERS = 10.0 ** np.arange(23)

#: Whole numbers below this are exact in float64, so one product or quotient rounds them rightly.
EXACT = 1 << 53

SPACE, FEED, PLUS, MINUS, POINT, ZERO = 32, 10, 43, 45, 46, 48
SMALL_E, LARGE_E = 101, 69


@compiled
def read_lines(text, values, starts, cuts):  # type: ignore[no-untyped-def]
    """Fill a row of ``values`` from each line of ``text``, and where its word starts and ends.

    A line is a word without spaces and, each after one space, as many numbers as a row has columns.
    The result is true if every line is so and every number has few enough digits to be read
    exactly, as :func:`numpy.fromstring` would; if not, what was filled means nothing.
    """
    at, size = 0, text.size
    for row in range(values.shape[0]):
        starts[row] = at
        while at < size and text[at] != SPACE and text[at] != FEED:
            at += 1
        cuts[row] = at
        if at == starts[row]:
            return False
        for column in range(values.shape[1]):
            if at >= size or text[at] != SPACE:
                return False
            at += 1
            negative = at < size and text[at] == MINUS
            if at < size and (text[at] == MINUS or text[at] == PLUS):
                at += 1
            mantissa, digits, scale, seen_point = np.int64(0), 0, np.int64(0), False
            while at < size:
                digit = np.int64(text[at]) - ZERO
                if 0 <= digit <= 9:
                    mantissa = 10 * mantissa + digit
                    if mantissa >= EXACT:
                        return False
                    digits += 1
                    scale -= seen_point
                elif text[at] == POINT and not seen_point:
                    seen_point = True
                else:
                    break
                at += 1
            if digits == 0:
                return False
            if at < size and (text[at] == SMALL_E or text[at] == LARGE_E):
                at += 1
                down = at < size and text[at] == MINUS
                if at < size and (text[at] == MINUS or text[at] == PLUS):
                    at += 1
                exponent, first = np.int64(0), at
                while at < size and 0 <= np.int64(text[at]) - ZERO <= 9 and exponent < 1000:
                    exponent = 10 * exponent + np.int64(text[at]) - ZERO
                    at += 1
                if at == first:
                    return False
                scale += -exponent if down else exponent
            if scale < -22 or scale > 22:
                return False
            number = np.float64(mantissa)
            number = number / POWERS[-scale] if scale < 0 else number * POWERS[scale]
            values[row, column] = -number if negative else number
        if at >= size or text[at] != FEED:
            return False
        at += 1
    return at == size
