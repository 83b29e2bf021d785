"""The BIP gateway: TCP clients on this machine reach a server in the card (TS 102 223, UICC server mode)."""
