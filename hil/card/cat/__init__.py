"""The Card Application Toolkit on the wire: proactive commands, terminal responses and envelopes (TS 102 223)."""
