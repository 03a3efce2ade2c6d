"""The derivations held against Keras, autodiff, differences and mpmath; the exercises' checker.

- `verify("losses.huber")` runs every check of a function and returns the table.
- `check("robust-gradient", attempt)` answers an attempt at an exercise.
- `show_source(function)` shows a function's code on a page.
"""

import ast
import inspect
import textwrap

from companion.verification.checks import verify
from companion.verification.exercises import check

__all__ = ["check", "show_source", "verify"]


def show_source(function):
    """The code of a function or a class, without its docstring, for a notebook to show.

    Args:
        function: a function or a class written in Python; what a decorator wraps is unwrapped.

    Returns:
        An `IPython.display.Markdown` object: a Python code fence.

    Raises:
        TypeError: if it has no Python source.

    Example:
        >>> from companion import reference
        >>> print(show_source(reference.activations.step).data)
        ```python
        def step(x):
            x = np.asarray(x, float)
            value = np.where(x >= 0, 1.0, 0.0)
            derivative = np.zeros_like(x)
            return value, derivative
        ```
    """
    from IPython.display import Markdown

    source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    lines = source.splitlines()
    definition = ast.parse(source).body[0]
    # From the last docstring to the first, so that the line numbers of the others stay right.
    for node in sorted(_definitions(definition), key=lambda node: -node.lineno):
        if ast.get_docstring(node, clean=False) is None or len(node.body) == 1:
            continue
        docstring, code = node.body[:2]
        first_line = min([code.lineno, *(d.lineno for d in getattr(code, "decorator_list", ()))])
        gap = lines[docstring.end_lineno : first_line - 1]
        comments = [line for line in gap if line.strip()]
        lines[docstring.lineno - 1 : first_line - 1] = comments
    code = "\n".join(lines)
    return Markdown(f"```python\n{code}\n```")


def _definitions(tree):
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]
