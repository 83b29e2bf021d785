"""The smart card web server (OMA SCWS): pages, HTTP and TLS inside the card, whatever carries the bytes."""
