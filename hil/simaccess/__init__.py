"""The SIM inside a modem, as a card reader: three ways by AT commands (TS 27.007 §8), one contract."""
