"""Profiles of AT modems, used by the driver and by the virtual modem alike.

A profile is two small files. What a modem says of itself when it is asked harmless questions is *observed*
(``fixtures/modems/NAME.yaml``, which ``dmrig modem learn`` writes). What nobody can ask for (start-up messages,
quirks) is *told*, for a family of modems, each piece with its public source
(``fixtures/modems/families/NAME.yaml``).
"""
