"""What every route asks for: the context that its web process was started with."""

from typing import Annotated

from fastapi import Depends, Request

from core.context import Context


def context_of(request: Request) -> Context:
    """The context of the process that answers; `create_app` put it there."""
    found: Context = request.app.state.context
    return found


Here = Annotated[Context, Depends(context_of)]
