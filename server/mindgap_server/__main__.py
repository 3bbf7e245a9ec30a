"""Makes `python -m mindgap_server` the same as `mindgap serve`."""

from mindgap_server.app import serve

if __name__ == "__main__":
    serve()
