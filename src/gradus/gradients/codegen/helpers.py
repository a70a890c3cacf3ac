"""Functions that generated modules bring along, as text."""

ADD_ROWS = '''

def add_rows(table, places, rows):
    """Add ``rows`` to the rows of ``table`` at ``places``, which may repeat, in place."""
    # entry by entry: along one axis, np.add.at is several times as fast
    width = table.shape[1]
    entries = places.reshape(-1, 1) * np.intp(width) + np.arange(width)
    np.add.at(table.reshape(-1), entries.ravel(), rows.ravel())
'''

# a least-squares fit at Chebyshev points, right to 1e-13 of the value
NORMAL_CDF = '''
#: (1 + 2 t) exp(t²) erfc(t) in powers of (t - 3.75) / (t + 3.75), highest first.
CDF_POWERS = (
    -1.2652816638210474e-07,
    1.2751207434449552e-08,
    1.5094268154813295e-06,
    -1.0893477238967768e-06,
    -1.1180185797422987e-05,
    2.2498616290421874e-05,
    5.146990229184305e-05,
    -0.0002902238867832079,
    0.00029379013522072626,
    0.001755652133778883,
    -0.009746599601851584,
    0.028362271536881124,
    -0.05869339555516738,
    0.09230432187892106,
    -0.10880393037590447,
    0.08227673845004205,
    0.0035854154924910703,
    -0.14024059858488785,
    1.2375126308377933,
)


def normal_cdf(x):
    """The share of a standard normal distribution below ``x``."""
    t = np.abs(x) / math.sqrt(2)
    u = (t - 3.75) / (t + 3.75)
    tail = CDF_POWERS[0] * u
    for coefficient in CDF_POWERS[1:-1]:
        tail += coefficient
        tail *= u
    tail += CDF_POWERS[-1]
    tail *= np.exp(-t * t) / (2 + 4 * t)
    return np.where(x > 0, 1 - tail, tail)
'''

HELPERS = {"add_rows": ADD_ROWS, "normal_cdf": NORMAL_CDF}

#: Modules that a helper needs.
NEEDS = {"normal_cdf": ("math",)}
