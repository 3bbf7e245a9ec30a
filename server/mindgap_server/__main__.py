"""Makes `python -m mindgap_server` the same as `mindgap serve`."""

from mindgap_server.start import serve_stdio

if __name__ == "__main__":
    serve_stdio()
