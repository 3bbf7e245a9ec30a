"""What the language server can do, one feature a module."""
