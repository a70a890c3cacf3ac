"""Machine instructions that NumPy's indexing cannot express: wide loads, bit scans, prefetch."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _load8(typing_context: Any, data: Any, index: Any) -> Any:
    """Eight bytes of a uint8 array from ``index`` on, as one little-endian number.

    The address need not be aligned; the caller keeps eight readable bytes there.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.gep(array.data, [arguments[1]])
        wide = builder.bitcast(address, ir.IntType(64).as_pointer())
        return builder.load(wide, align=1)

    return types.uint64(data, index), generate


def _lowest_bit(typing_context: Any, number: Any) -> Any:
    """The place of the lowest bit that is set in a uint64; 64 for zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


def _prefetch(typing_context: Any, data: Any, index: Any) -> Any:
    """Ask for the cache line of ``data[index]``, to be written soon; never waits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.gep(array.data, [arguments[1]])
        number, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        declare: Any = cgutils.get_or_insert_function
        function = declare(builder.module, kind, "llvm.prefetch.p0")
        write, keep, is_data = (ir.Constant(number, value) for value in (1, 3, 1))
        builder.call(function, [builder.bitcast(address, byte), write, keep, is_data])
        return context.get_dummy_value()

    return types.void(data, index), generate


load8: Any = intrinsic(_load8)
lowest_bit: Any = intrinsic(_lowest_bit)
prefetch: Any = intrinsic(_prefetch)
