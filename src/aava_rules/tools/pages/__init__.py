"""Rulebooks for people to read: as text, as an accessible page, and the client path as a diagram."""
