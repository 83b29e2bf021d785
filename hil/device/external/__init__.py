"""A DM client under test that is no part of dmrig: started, asked and stopped by commands of its own."""
