import subprocess
import sys

from gradus.core import shapes


def test_the_test_run_checks_real_shapes():
    import jaxtyping

    assert shapes.Float is jaxtyping.Float


def test_elsewhere_jaxtyping_is_not_imported():
    program = (
        "import sys, numpy; from gradus.core.shapes import Float, Int; "
        "assert Float[numpy.ndarray, 'a b'] is Int[numpy.ndarray, ' a'] is numpy.ndarray; "
        "assert 'jaxtyping' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
