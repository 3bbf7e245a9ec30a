"""Makes `python -m mindgap_server.cli` the same as `mindgap`."""

from mindgap_server.cli.entry import main

main()
