"""A second set of hand-written questions about functions, in the format of the first one."""
