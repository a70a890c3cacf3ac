"""The product of a linear layer, also where there are too few rows to keep a processor busy."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

#: Rows of which NumPy makes the product on a CPU: here in half the time of torch, or less.
FEW = 4


def linear(
    rows: Float[Tensor, "rows dim"], weight: Float[Tensor, "out dim"], bias: Float[Tensor, " out"]
) -> Float[Tensor, "rows out"]:
    """``W x + b`` for every row x.

    A few rows that no gradient is wanted of take as long as reading W does.

    >>> linear(torch.ones(1, 2), torch.tensor([[1.0, 2.0]]), torch.tensor([3.0])).tolist()
    [[6.0]]
    """
    plain = rows.dtype == weight.dtype and weight.device.type == "cpu"
    if len(rows) > FEW or torch.is_grad_enabled() or not plain or rows.dtype == torch.bfloat16:
        return F.linear(rows, weight, bias)
    products = weight.detach().numpy() @ rows.numpy().T
    return torch.from_numpy(products).T + bias
