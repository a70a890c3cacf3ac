"""Which parameters are weights and which are biases or gains: decay and penalties ask here."""

from collections.abc import Iterator

from torch import nn

#: Layers whose ``weight`` is a gain around 1 that no penalty should pull to 0.
NORMS: tuple[type[nn.Module], ...] = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.RMSNorm,
)


def named_weights(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """The trained weights of a model with their names: no biases, no gains, no learned slopes.

    A weight has two axes or more and belongs to no normalization; a shared one comes once.

    >>> [name for name, _ in named_weights(nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3)))]
    ['0.weight']
    """
    gains = {
        id(gain)
        for module in model.modules()
        if isinstance(module, NORMS)
        for gain in module.parameters(recurse=False)
    }
    for name, parameter in model.named_parameters():
        bias = name.rpartition(".")[2].startswith("bias")
        if (
            parameter.requires_grad
            and parameter.ndim >= 2
            and not bias
            and id(parameter) not in gains
        ):
            yield name, parameter
