"""AT commands without a line: splitting what a modem says, and sorting answers from the unsolicited."""
