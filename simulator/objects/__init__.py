"""Management Objects of the standard: their nodes, and typed views of them (OMA DM Standardized Objects)."""
