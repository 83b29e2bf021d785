"""An OMA Device Management 1.3 device in pure Python: bytes and a time go in, bytes and events come out.

Nothing in this package opens a socket, a file or a serial line, and nothing reads a clock; the bench
around it (package ``hil``) does.
"""

__all__: list[str] = []
