from hil.yamlfile import load  # noqa: F401
