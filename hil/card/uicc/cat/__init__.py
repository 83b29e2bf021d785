"""The toolkit of a virtual UICC: what it asks of its terminal, and the TCP server that it is through it."""
