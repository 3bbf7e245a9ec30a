"""The way into the language server over stdio: the client is greeted first, then the rest is loaded."""

from __future__ import annotations

from mindgap_server.greeting import visit_over_stdio


def serve_stdio() -> None:
    """Serve the client that started this process, and end with it."""
    visit = visit_over_stdio()
    # Not at the top: this takes most of a second.
    from mindgap_server.app import serve

    serve(visit=visit)
