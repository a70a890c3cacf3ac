"""Vectors of 16 float32 lanes as a Numba type, with the few operations that the kernels need.

Numba vectorizes plain loops, but it cannot hold a block of accumulators in registers across a loop
of unknown length. With an explicit vector type the kernels say which values live in registers;
LLVM lowers 16 lanes to whatever the machine has (AVX-512, two AVX2 registers, four NEON or SSE
registers).

Arrays are flat float32; an index counts elements. Rows of matrices are padded to :data:`LANES`.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

from gradus.core.jit import compiled

LANES = 16


class VecType(types.Type):
    """The Numba type of a register of :data:`LANES` float32 lanes."""

    def __init__(self) -> None:
        super().__init__(name=f"Vec{LANES}f32")


vec = VecType()

FLOAT, INT = ir.FloatType(), ir.IntType(32)
FLOATS, INTS = ir.VectorType(FLOAT, LANES), ir.VectorType(INT, LANES)
SUFFIX = f"v{LANES}f32"
FAST = ("fast",)


@register_model(VecType)
class VecModel(models.PrimitiveModel):
    """A :class:`VecType` value is one LLVM vector."""

    def __init__(self, manager: Any, fe_type: VecType) -> None:
        super().__init__(manager, fe_type, FLOATS)


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any, to: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), to.as_pointer())


def _load(builder: Any, address: Any) -> Any:
    value = builder.load(address)
    value.align = 4
    return value


def _store(builder: Any, value: Any, address: Any) -> None:
    builder.store(value, address).align = 4


def _call(builder: Any, name: str, result: Any, args: list[Any], **options: Any) -> Any:
    signature = ir.FunctionType(result, [arg.type for arg in args])
    function = cgutils.get_or_insert_function(builder.module, signature, name)
    return builder.call(function, args, **options)


def _splat(builder: Any, scalar: Any) -> Any:
    single = builder.insert_element(ir.Constant(FLOATS, ir.Undefined), scalar, INT(0))
    return builder.shuffle_vector(single, ir.Constant(FLOATS, ir.Undefined), INTS([0] * LANES))


def _shuffle(builder: Any, left: Any, right: Any, lanes: list[int]) -> Any:
    return builder.shuffle_vector(left, right, INTS(lanes))


def _fma(builder: Any, x: Any, y: Any, z: Any) -> Any:
    return _call(builder, f"llvm.fma.{SUFFIX}", FLOATS, [x, y, z])


def _operation(arity: int, emit: Any) -> Any:
    """An intrinsic from ``arity`` vectors to one, whose code ``emit(builder, *values)`` writes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return emit(builder, *args)

    returned = vec(*[vec] * arity), generate
    variants = {
        1: lambda typing, x: returned,
        2: lambda typing, x, y: returned,
        3: lambda typing, x, y, z: returned,
    }
    return intrinsic(variants[arity])


def _power_of_two(builder: Any, exponent: Any) -> Any:
    biased = builder.add(builder.fptosi(exponent, INTS), INTS([127] * LANES))
    return builder.bitcast(builder.shl(biased, INTS([23] * LANES)), FLOATS)


add = _operation(2, lambda b, x, y: b.fadd(x, y, flags=FAST))
sub = _operation(2, lambda b, x, y: b.fsub(x, y, flags=FAST))
mul = _operation(2, lambda b, x, y: b.fmul(x, y, flags=FAST))
div = _operation(2, lambda b, x, y: b.fdiv(x, y, flags=FAST))
fma = _operation(3, _fma)
larger = _operation(2, lambda b, x, y: _call(b, f"llvm.maxnum.{SUFFIX}", FLOATS, [x, y]))
smaller = _operation(2, lambda b, x, y: _call(b, f"llvm.minnum.{SUFFIX}", FLOATS, [x, y]))
magnitude = _operation(1, lambda b, x: _call(b, f"llvm.fabs.{SUFFIX}", FLOATS, [x]))
nearest = _operation(1, lambda b, x: _call(b, f"llvm.rint.{SUFFIX}", FLOATS, [x]))
root = _operation(1, lambda b, x: _call(b, f"llvm.sqrt.{SUFFIX}", FLOATS, [x], fastmath=FAST))
power_of_two = _operation(1, _power_of_two)  # of whole numbers in [-126, 127]
where_positive = _operation(
    3,
    lambda b, x, yes, no: b.select(
        b.fcmp_ordered(">=", x, ir.Constant(FLOATS, [0.0] * LANES)), yes, no
    ),
)


@intrinsic
def splat(typing: Any, scalar: Any) -> Any:
    """The vector whose every lane is ``scalar``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _splat(builder, args[0])

    return vec(types.float32), generate


@intrinsic
def load(typing: Any, array: Any, index: Any) -> Any:
    """Lanes ``array[index : index + LANES]``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array_value, at = args
        address = _address(context, builder, signature.args[0], array_value, at, FLOATS)
        return _load(builder, address)

    return vec(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """Write the lanes of ``value`` to ``array[index : index + LANES]``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, signature.args[0], args[0], args[1], FLOATS)
        _store(builder, args[2], address)
        return context.get_dummy_value()

    return types.void(array, types.intp, vec), generate


@intrinsic
def prefetch(typing: Any, array: Any, index: Any) -> Any:
    """Ask memory for the cache line of ``array[index]``, to be written soon."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        byte = ir.IntType(8)
        array_value, at = args
        address = _address(context, builder, signature.args[0], array_value, at, byte)
        write, keep, data = INT(1), INT(3), INT(1)
        _call(builder, "llvm.prefetch.p0", ir.VoidType(), [address, write, keep, data])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@intrinsic
def total(typing: Any, value: Any) -> Any:
    """The sum of the lanes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        name = f"llvm.vector.reduce.fadd.{SUFFIX}"
        return _call(builder, name, FLOAT, [FLOAT(0.0), args[0]], fastmath=FAST)

    return types.float32(vec), generate


@intrinsic
def zeros(typing: Any, lanes: Any) -> Any:
    """As many zero vectors as the tuple ``lanes`` is long: accumulators that stay in registers."""
    result = types.UniTuple(vec, len(lanes))

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        zero = ir.Constant(FLOATS, [0.0] * LANES)
        return context.make_tuple(builder, result, [zero] * len(lanes))

    return result(lanes), generate


@intrinsic
def load_rows(typing: Any, lanes: Any, array: Any, rows: Any, offset: Any) -> Any:
    """The vectors at ``array[rows[j] + offset]`` for every ``j`` below ``len(lanes)``."""
    result = types.UniTuple(vec, len(lanes))

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _, array_value, rows_value, offset_value = args
        values = []
        for j in range(len(lanes)):
            row = _row(context, builder, signature.args[2], rows_value, j)
            at = builder.add(row, offset_value)
            values.append(
                _load(
                    builder, _address(context, builder, signature.args[1], array_value, at, FLOATS)
                )
            )
        return context.make_tuple(builder, result, values)

    return result(lanes, array, rows, types.intp), generate


@intrinsic
def add_rows(typing: Any, array: Any, rows: Any, offset: Any, values: Any) -> Any:
    """Add ``values[j]`` to ``array[rows[j] + offset]``, in order: equal rows get every share."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array_value, rows_value, offset_value, tuple_value = args
        for j, value in enumerate(cgutils.unpack_tuple(builder, tuple_value, len(values))):
            row = _row(context, builder, signature.args[1], rows_value, j)
            at = builder.add(row, offset_value)
            address = _address(context, builder, signature.args[0], array_value, at, FLOATS)
            _store(builder, builder.fadd(_load(builder, address), value), address)
        return context.get_dummy_value()

    return types.void(array, rows, types.intp, values), generate


@intrinsic
def store_rows(typing: Any, array: Any, rows: Any, offset: Any, values: Any) -> Any:
    """Write ``values[j]`` to ``array[rows[j] + offset]``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array_value, rows_value, offset_value, tuple_value = args
        for j, value in enumerate(cgutils.unpack_tuple(builder, tuple_value, len(values))):
            at = builder.add(_row(context, builder, signature.args[1], rows_value, j), offset_value)
            address = _address(context, builder, signature.args[0], array_value, at, FLOATS)
            _store(builder, value, address)
        return context.get_dummy_value()

    return types.void(array, rows, types.intp, values), generate


@intrinsic
def accumulate(typing: Any, sums: Any, x: Any, others: Any) -> Any:
    """``sums[j] + x * others[j]``, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        size = len(sums)
        pairs = zip(
            cgutils.unpack_tuple(builder, args[0], size),
            cgutils.unpack_tuple(builder, args[2], size),
            strict=True,
        )
        values = [_fma(builder, args[1], other, current) for current, other in pairs]
        return context.make_tuple(builder, signature.return_type, values)

    return sums(sums, vec, others), generate


@intrinsic
def exchange(typing: Any, x: Any, others: Any, sums: Any, scales: Any, at: Any) -> Any:
    """Both halves of an outer-product step, with ``g[j] = scales[at + j]``.

    Returns ``x + sum_j g[j] * others[j]`` followed by ``sums[j] + g[j] * x`` for every ``j``.
    """
    size = len(others)
    result = types.UniTuple(vec, size + 1)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        x_value, others_value, sums_value, scales_value, at_value = args
        moved = x_value
        values = []
        for j, (other, current) in enumerate(
            zip(
                cgutils.unpack_tuple(builder, others_value, size),
                cgutils.unpack_tuple(builder, sums_value, size),
                strict=True,
            )
        ):
            index = builder.add(at_value, at_value.type(j))
            scalar = builder.load(
                _address(context, builder, signature.args[3], scales_value, index, FLOAT)
            )
            scale = _splat(builder, scalar)
            moved = _fma(builder, scale, other, moved)
            values.append(_fma(builder, scale, x_value, current))
        return context.make_tuple(builder, result, [moved, *values])

    return result(vec, others, sums, scales, types.intp), generate


@intrinsic
def totals(typing: Any, first: Any, second: Any) -> Any:
    """Sums as lanes of one vector: lane ``j`` of ``first[j]``, lane ``8 + j`` of ``second[j]``.

    Lanes without a vector are zero. Sums are formed by a tree of shuffles, 45 instructions for 16
    sums.
    """
    if len(first) > LANES // 2 or len(second) > LANES // 2:
        raise TypeError("totals takes at most 8 vectors a side")

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        half = LANES // 2
        zero = ir.Constant(FLOATS, [0.0] * LANES)
        columns = []
        for value, kind in zip(args, signature.args, strict=True):
            vectors = cgutils.unpack_tuple(builder, value, len(kind))
            columns += [*vectors, *[zero] * (half - len(vectors))]
        return _sum_tree(builder, columns, zero)

    return vec(first, second), generate


def _sum_tree(builder: Any, columns: list[Any], zero: Any) -> Any:
    """Halve the number of vectors four times: each step adds neighbouring lanes of two vectors."""

    def fold(left: Any, right: Any, low: list[int], high: list[int]) -> Any:
        if left is zero and right is zero:
            return zero
        return builder.fadd(
            _shuffle(builder, left, right, low), _shuffle(builder, left, right, high), flags=FAST
        )

    quads = range(0, LANES, 4)
    # inside each quad of lanes: first [a b a b], then [a b c d]
    low = [lane for q in quads for lane in (q, q + LANES, q + 1, q + 1 + LANES)]
    high = [lane for q in quads for lane in (q + 2, q + 2 + LANES, q + 3, q + 3 + LANES)]
    columns = [fold(columns[i], columns[i + 1], low, high) for i in range(0, LANES, 2)]
    low = [lane for q in quads for lane in (q, q + 1, q + LANES, q + 1 + LANES)]
    high = [lane for q in quads for lane in (q + 2, q + 3, q + 2 + LANES, q + 3 + LANES)]
    columns = [fold(columns[i], columns[i + 1], low, high) for i in range(0, len(columns), 2)]
    # across quads: whole quads move
    for _ in range(2):
        low, high = _quad_order(columns)
        columns = [fold(columns[i], columns[i + 1], low, high) for i in range(0, len(columns), 2)]
    return columns[0]


def _quad_order(columns: list[Any]) -> tuple[list[int], list[int]]:
    def lanes(quads: tuple[int, ...]) -> list[int]:
        return [4 * quad + lane for quad in quads for lane in range(4)]

    if len(columns) == 4:  # quads of a and b (4 to 7): sums [a a' b b']
        return lanes((0, 1, 4, 5)), lanes((2, 3, 6, 7))
    return lanes((0, 2, 4, 6)), lanes((1, 3, 5, 7))


def _row(context: Any, builder: Any, rows_type: Any, rows: Any, j: int) -> Any:
    data = context.make_array(rows_type)(context, builder, rows).data
    return builder.load(builder.gep(data, [ir.IntType(64)(j)]))


# Cephes' single-precision polynomial for exp on [-ln 2 / 2, ln 2 / 2]
EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5)
# Chebyshev fit of log1p(t) / t on [0, 1], largest error 5e-8
_GRID = np.cos(np.pi * (np.arange(64) + 0.5) / 64) / 2 + 0.5
LOG1P = tuple(
    float(c)
    for c in np.polynomial.Chebyshev.fit(_GRID, np.log1p(_GRID) / _GRID, 9, domain=[0, 1])
    .convert(kind=np.polynomial.Polynomial)
    .coef[::-1]
)
E0, E1, E2, E3, E4, E5 = (np.float32(c) for c in EXP)
L0, L1, L2, L3, L4, L5, L6, L7, L8, L9 = (np.float32(c) for c in LOG1P)
LOG2E, LN2_HIGH, LN2_LOW = (
    np.float32(c) for c in (1.4426950408889634, 0.693359375, -2.12194440e-4)
)
LEAST, ONE, ZERO = np.float32(-87.0), np.float32(1.0), np.float32(0.0)


@compiled(fastmath=True, inline=True)
def exp_negative(x):
    """``exp(x)`` for ``x <= 0``, relative error below 2e-7; below -87 it stays at ``exp(-87)``."""
    x = larger(x, splat(LEAST))
    n = nearest(mul(x, splat(LOG2E)))
    r = fma(n, splat(-LN2_HIGH), x)
    r = fma(n, splat(-LN2_LOW), r)
    p = fma(splat(E0), r, splat(E1))
    p = fma(p, r, splat(E2))
    p = fma(p, r, splat(E3))
    p = fma(p, r, splat(E4))
    p = fma(p, r, splat(E5))
    p = fma(p, mul(r, r), add(r, splat(ONE)))
    return mul(p, power_of_two(n))


@compiled(fastmath=True, inline=True)
def log1p_unit(t):
    """``log(1 + t)`` for ``0 <= t <= 1``, error below 1e-7."""
    p = fma(splat(L0), t, splat(L1))
    p = fma(p, t, splat(L2))
    p = fma(p, t, splat(L3))
    p = fma(p, t, splat(L4))
    p = fma(p, t, splat(L5))
    p = fma(p, t, splat(L6))
    p = fma(p, t, splat(L7))
    p = fma(p, t, splat(L8))
    p = fma(p, t, splat(L9))
    return mul(p, t)
