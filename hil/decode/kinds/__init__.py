"""One file for each family of kinds; ``hil.decode.registry`` lists them."""
