"""An AT modem in pure Python, without a line and without a clock: bytes and ``now`` come in, bytes go out."""
