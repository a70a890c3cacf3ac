"""What every task is: settings, a network, data in batches, a loss, figures, and a model folder."""
